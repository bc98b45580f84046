"""What the composer is opened for, and what its text becomes when it is sent."""

from collections.abc import Callable

from commandcenter.core import orders as od
from commandcenter.core.refusals import Ended, Reason, Taken, TargetInvalid
from commandcenter.core.world import Ask, Head
from commandcenter.hud import words
from commandcenter.hud.card import able
from commandcenter.hud.completing import outgoing
from commandcenter.hud.costs import sentence
from commandcenter.hud.giving import later
from commandcenter.hud.queueing import free
from commandcenter.hud.selection import named, target
from commandcenter.ui.attaching import Attaching
from commandcenter.ui.fields import Fields
from commandcenter.ui.giver import Giver
from commandcenter.ui.letter import Letter, Receiver, Use, with_note
from commandcenter.ui.limiting import limit
from commandcenter.ui.pricing import Pricing
from commandcenter.ui.screen import Screen
from commandcenter.ui.spawning import Spawning

_BEHIND = "waits behind their queued orders"
NAMED = 4
"""So many receivers are named in the composer's head, more are counted."""
Send = Callable[[Letter, str, bool], bool]
"""What a text becomes; True = it went out."""

REPLACED = frozenset({"rename", "model", "limit"})
"""What stands there now is shown, and typing puts another in its place."""
ALSO_ENDED: frozenset[Use] = frozenset({"rename", "tag", "reclaim"})
"""What one that has ended takes as well: its name is not struck through there."""


class Writing:
    """Opens, sends and puts away the composer's texts."""

    def __init__(self, screen: Screen, giver: Giver, pricing: Pricing) -> None:
        self._screen = screen
        self._giver = giver
        self.pricing = pricing
        self.attaching = Attaching(screen)
        self.spawning = Spawning(screen, giver, self.open)
        self.spawning.close = self.close
        fields = Fields(screen, giver, self.open)
        self.open_field = fields.open_field
        self.open_goal = fields.open_goal
        self.open_tag = fields.open_tag
        self.open_loop = fields.open_loop
        self.open_brief = self.spawning.open_brief
        self.open_list = self.spawning.open_list
        self._send: dict[Use, Send] = {
            "steer": self._steer,
            "message": self._steer,
            "answer": self._answer,
            "deny": self._deny,
            "limit": lambda letter, text, now: limit(screen, giver, letter, text),
            **self.spawning.uses(),
            **fields.uses(),
        }

    def also(self, use: Use, send: Send) -> None:
        """Another use of the composer, and what its text becomes."""
        self._send[use] = send

    # --- letters --------------------------------------------------

    def rest(self) -> Letter:
        """What Return would open where the keys are now."""
        screen = self._screen
        if "approval" in screen.modes and screen.deck.shown is not None:
            return self._case_letter(screen.deck.shown)
        if not screen.world.threads:
            return self.spawning.rest()
        return self.steer_letter(screen.receivers)

    def steer_letter(self, ids: tuple[int, ...], queued: bool = False) -> Letter:
        """A message to these threads."""
        takers = able(self._screen.world, ids, "order.steer.queued" if queued else "order.steer")
        head = "QUEUE STEER" if queued else "STEER"
        if not takers:
            return Letter("steer", head, hint=self._nobody(ids))
        who = f"to {len(takers)} threads" if len(takers) > 1 else f"to {self._name(takers)}"
        hint = "write to them; it goes in after the turn"
        if queued:
            hint = f"write to them; it {_BEHIND}"
        return Letter("steer", head, who, takers, hint=hint, queued=queued)

    def _nobody(self, ids: tuple[int, ...]) -> str:
        """Why nobody here can be written to, and the key that mends it."""
        if not ids:
            return "select a thread"
        threads = self._screen.world.threads
        if any(threads[thread].state == "dying" for thread in ids if thread in threads):
            return self._screen.spelled("being killed; E keeps it")
        if any(threads[thread].by_hand for thread in ids if thread in threads):
            return self._screen.spelled("in your own hands; Mod+Shift+T gives it back")
        return self._screen.spelled("what is selected has ended; B, then E revives it")

    def _name(self, ids: tuple[int, ...]) -> str:
        alone = self._screen.world.threads.get(ids[0]) if len(ids) == 1 else None
        return words.plain(alone.name) if alone is not None else named(self._screen.world, ids)

    def receivers(self) -> tuple[Receiver, ...]:
        """Who gets the open letter, as they are now: fixed when it was opened."""
        letter, threads = self._screen.letter, self._screen.world.threads
        if letter is None or not letter.receivers:
            return ()
        speaks = letter.use not in ALSO_ENDED
        gone = [one for one in letter.receivers if speaks and _gone(threads.get(one))]
        here = [one for one in letter.receivers if one not in gone]
        if len(letter.receivers) <= NAMED:
            return tuple(Receiver(self._called(one), one in gone) for one in letter.receivers)
        many = f"{len(here)} of {len(letter.receivers)}" if gone else f"{len(here)}"
        ended = (Receiver(self._called(one), True) for one in gone)
        return (Receiver(f"{many} threads"), *ended)

    def _called(self, thread: int) -> str:
        head = self._screen.world.threads.get(thread)
        return words.plain(head.name) if head is not None else f"#{thread}"

    # --- opening --------------------------------------------------

    def open(self, letter: Letter, prefill: str = "") -> None:
        """Give the keyboard to the composer."""
        screen = self._screen
        if screen.composer is None:
            return
        screen.letter = letter
        screen.enter("composer")
        self.pricing.want(letter.receivers)
        draft = screen.drafts.get(letter.key, "")
        screen.composer.open(self._headed(letter), draft or prefill)
        if letter.use in REPLACED and not draft:
            screen.composer.field.selectAll()
        screen.composer.show_picture(self.attaching.of(letter))
        self.changed()

    def _headed(self, letter: Letter) -> Letter:
        """Who it goes to stands beside the head, so the note need not say it."""
        if letter.use not in {"steer", "goal", "tag", "loop", "rename", "model", "limit"}:
            return letter
        return with_note(letter, "")

    def open_steer(self, queued: bool = False) -> None:
        """Q: write to the receivers."""
        screen = self._screen
        if not screen.someone():
            return
        letter = self.steer_letter(screen.receivers, queued)
        if letter.receivers:
            self.open(letter)
            return
        heads = [screen.world.threads[one] for one in screen.receivers]
        screen.refuse(self._deaf(heads))

    def _deaf(self, heads: list[Head]) -> Reason:
        """Why nobody of these can be written to."""
        if any(one.by_hand for one in heads):
            return Taken()
        if not heads:
            return Ended()
        why = "has ended" if heads[0].state == "ended" else "is being killed"
        return TargetInvalid(f"{words.plain(heads[0].name)} {why}")

    def open_message(self) -> None:
        """In APPROVE: a message to the asking thread, or the answer to its question."""
        ask = self._screen.deck.shown
        if ask is None:
            self.open_steer()
            return
        self.open(self._case_letter(ask))

    def _case_letter(self, ask: Ask) -> Letter:
        if ask.kind == "question":
            return self._answer_letter(ask)
        return Letter(
            "message",
            "MESSAGE",
            "decides nothing",
            (ask.thread,),
            hint="write to the one that asks",
        )

    def _answer_letter(self, ask: Ask) -> Letter:
        options = "  ".join(f"{n} {text}" for n, text in enumerate(ask.options, 1))
        hint = f"a digit picks: {options}" if options else "your answer"
        return Letter("answer", "ANSWER", "", (ask.thread,), ask.id, ask.digest, hint)

    def open_deny(self) -> None:
        """Shift+N: deny with a word to the agent."""
        ask = self._screen.deck.shown
        if ask is not None:
            self.open(Letter("deny", "DENY", "", (ask.thread,), ask.id, ask.digest, "why not"))

    # --- sending --------------------------------------------------

    def changed(self) -> None:
        """The text changed: kept as draft, its cost estimated."""
        screen, composer, letter = self._screen, self._screen.composer, self._screen.letter
        if composer is None or composer.letter is None or letter is None:
            return
        text = composer.whole
        screen.drafts[letter.key] = text
        note = self._headed(letter).note
        if letter.use in {"steer", "message", "goal"} and text:
            found = self.pricing.estimate(letter.receivers, len(text))
            note = " \u00b7 ".join(one for one in (note, sentence(found) if found else "") if one)
        elif letter.use in {"brief", "list"}:
            note = self.spawning.note(letter, text)
        composer.letter = with_note(composer.letter, note)
        screen.changed()

    def send(self, now: bool) -> None:
        """Return (now: Mod+Return): the text becomes an order; an empty one only closes."""
        screen, letter = self._screen, self._screen.letter
        if screen.composer is None or letter is None:
            return
        text = screen.composer.whole.strip()
        empty = not text and self.attaching.of(letter) is None
        if empty and letter.use not in {"agree", "goal"}:
            self.close()
            return
        if self._send[letter.use](letter, text, now):
            screen.composer.sent(text)
            screen.drafts[letter.key] = ""
            self.attaching.sent(letter)
            self.close(letter)

    def close(self, sent: Letter | None = None) -> None:
        """Back to where the keys were; the draft stays. What was `sent` closes itself alone."""
        screen = self._screen
        if sent is not None and screen.letter is not sent:
            return
        if screen.composer is not None:
            screen.composer.close_field()
        letter, screen.letter = screen.letter, None
        screen.leave("composer")
        self.spawning.closed(letter)

    def _steer(self, letter: Letter, text: str, now: bool) -> bool:
        picture = self.attaching.of(letter)
        reason = self.attaching.lacks(letter) if picture else None
        if reason is not None:
            self._screen.refuse(reason)
            return False
        heads = [head for head in self.attaching.heads(letter) if head.state != "ended"]
        if not heads:
            self._screen.refuse(Ended())
            return False
        ids = tuple(head.id for head in heads)
        path = picture.path if picture else ""
        order = od.Steer(target(ids), outgoing(text, heads), now, path)
        if letter.queued and not now:
            rests = free(self._screen.world, ids)
            said = "nothing waits there: it goes in now" if rests else f"it {_BEHIND}"
            return self._giver.order(later(order), ids, said)
        at_once = now or free(self._screen.world, ids)
        said = "sent" if at_once else "queued: it goes in after the turn"
        return self._giver.order(order, ids, said)

    def tab(self, back: bool = False) -> None:
        """Tab: completes the word, or in a brief goes to the next agent."""
        screen, letter = self._screen, self._screen.letter
        if screen.composer is None or letter is None or screen.composer.complete():
            return
        if letter.use in {"brief", "list"}:
            self.spawning.other(letter, -1 if back else 1)
            self.changed()

    def _answer(self, letter: Letter, text: str, now: bool) -> bool:
        ask = self._screen.world.asks.get(letter.ask)
        if ask is not None and text.isdigit() and 0 < int(text) <= len(ask.options):
            text = ask.options[int(text) - 1]
        order = od.Approve(letter.ask, digest=letter.digest, text=text)
        waited = self._screen.now() - self._screen.deck.since
        self._screen.agenda.handling.learn("question", waited)
        return self._giver.order(order, letter.receivers, "answered")

    def _deny(self, letter: Letter, text: str, now: bool) -> bool:
        return self._giver.order(
            od.Deny(letter.ask, text, letter.digest), letter.receivers, "denied"
        )


def _gone(head: Head | None) -> bool:
    return head is None or head.state == "ended"
