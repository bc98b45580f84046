"""What the composer is opened for, and what its text becomes when it is sent."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from commandcenter.core import orders as od
from commandcenter.core.consent import sentence
from commandcenter.core.refusals import (
    AccountMissing,
    RepositoryUnusable,
    Taken,
    TargetInvalid,
)
from commandcenter.core.world import Ask
from commandcenter.hud import words
from commandcenter.hud.card import Template, able
from commandcenter.hud.completing import outgoing
from commandcenter.hud.selection import named, target
from commandcenter.ui.attaching import Attaching
from commandcenter.ui.composer import Letter, Use, with_note
from commandcenter.ui.figures import lines
from commandcenter.ui.giver import Giver
from commandcenter.ui.limiting import limit
from commandcenter.ui.screen import Screen
from commandcenter.ui.templates import LOGINS, templates

_CHARS_PER_TOKEN = 4


_FIELDS: dict[str, tuple[Use, str, str]] = {
    "rename": ("rename", "RENAME", "the new name"),
    "model": ("model", "MODEL", "the model's name, of the same account"),
    "usd": ("limit", "LIMIT $", "dollars, e.g. 1.50"),
    "tokens": ("limit", "LIMIT TOKENS", "tokens, e.g. 200 k"),
    "share": ("limit", "LIMIT %", "percent of each plan window, e.g. 20"),
}


class Writing:
    """Opens, sends and puts away the composer's texts."""

    def __init__(self, screen: Screen, giver: Giver) -> None:
        self._screen = screen
        self._giver = giver
        self.attaching = Attaching(screen)
        self._waits: tuple[tuple[str, ...], int] = ((), 1)
        """Briefs and their count that wait until the player agrees to a login."""
        self._send: dict[str, Callable[[Letter, str, bool], bool]] = {
            "steer": self._steer,
            "message": self._steer,
            "brief": self._brief,
            "list": self._list,
            "answer": self._answer,
            "deny": self._deny,
            "rename": self._rename,
            "model": self._model,
            "limit": lambda letter, text, now: limit(screen, giver, letter, text),
            "agree": self._agree,
        }

    def also(self, use: Use, send: Callable[[Letter, str, bool], bool]) -> None:
        """Another use of the composer, and what its text becomes."""
        self._send[use] = send

    # --- letters --------------------------------------------------

    def rest(self) -> Letter:
        """What Return would open where the keys are now."""
        screen = self._screen
        if "approval" in screen.modes and screen.deck.shown is not None:
            return self._case_letter(screen.deck.shown)
        if not screen.world.threads:
            template, place = self.template(), self._place()
            hint = "what shall be done" if template and place else "no account and repository yet"
            return Letter("brief", "BRIEF", hint=hint)
        return self.steer_letter(screen.selection.ids)

    def steer_letter(self, ids: tuple[int, ...]) -> Letter:
        """A message to these threads."""
        takers = able(self._screen.world, ids, "order.steer")
        if not takers:
            return Letter("steer", "STEER", hint=self._nobody(ids))
        who = f"to {len(takers)} threads" if len(takers) > 1 else f"to {self._name(takers)}"
        return Letter(
            "steer", "STEER", who, takers, hint="write to them; it goes in after the turn"
        )

    def _nobody(self, ids: tuple[int, ...]) -> str:
        """Why nobody here can be written to, and the key that mends it."""
        if not ids:
            return "select a thread"
        threads = self._screen.world.threads
        if any(threads[thread].state == "dying" for thread in ids if thread in threads):
            return "being killed; E keeps it"
        if any(threads[thread].by_hand for thread in ids if thread in threads):
            return "in your own hands; Mod+Shift+T gives it back"
        return "what is selected has ended; B, then E revives it"

    def _name(self, ids: tuple[int, ...]) -> str:
        alone = self._screen.world.threads.get(ids[0]) if len(ids) == 1 else None
        if alone is not None:
            return alone.name
        return named(self._screen.world, ids)

    def template(self) -> Template | None:
        """What new threads are made from when nothing was chosen."""
        chosen = self._screen.template
        if chosen is not None:
            return chosen
        found = templates(self._screen)
        return found[0] if found else None

    # --- opening --------------------------------------------------

    def open(self, letter: Letter, prefill: str = "") -> None:
        """Give the keyboard to the composer."""
        screen = self._screen
        if screen.composer is None:
            return
        screen.letter = letter
        screen.enter("composer")
        screen.composer.open(letter, screen.drafts.get(letter.key, "") or prefill)
        screen.composer.show_picture(self.attaching.of(letter))

    def open_steer(self) -> None:
        """Q: write to the selection."""
        screen = self._screen
        if not screen.someone():
            return
        letter = self.steer_letter(screen.selection.ids)
        if not letter.receivers:
            heads = [screen.world.threads[one] for one in screen.selection.ids]
            if any(one.by_hand for one in heads):
                screen.refuse(Taken())
                return
            head = screen.world.threads[screen.selection.ids[0]]
            why = "has ended" if head.state == "ended" else "is being killed"
            screen.refuse(TargetInvalid(f"{head.name} {why}"))
            return
        self.open(letter)

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
        note = f"to {self._name((ask.thread,))} · decides nothing"
        return Letter("message", "MESSAGE", note, (ask.thread,), hint="write to the one that asks")

    def _answer_letter(self, ask: Ask) -> Letter:
        options = "  ".join(f"{n} {text}" for n, text in enumerate(ask.options, 1))
        hint = f"a digit picks: {options}" if options else "your answer"
        note = f"to {self._name((ask.thread,))}"
        return Letter("answer", "ANSWER", note, (ask.thread,), ask.id, ask.digest, hint)

    def open_deny(self) -> None:
        """Shift+N: deny with a word to the agent."""
        ask = self._screen.deck.shown
        if ask is not None:
            note = f"to {self._name((ask.thread,))}"
            self.open(Letter("deny", "DENY", note, (ask.thread,), ask.id, ask.digest, "why not"))

    def open_brief(self, template: Template | None = None) -> None:
        """A new thread's brief."""
        screen = self._screen
        screen.template = template or self.template()
        if screen.template is None:
            screen.refuse(AccountMissing("yet"))
            return
        place = self._place()
        if place is None:
            why = str(screen.repository.get("why") or "no folder was named")
            remedy = str(screen.repository.get("remedy") or "commandcenter PATH opens one")
            screen.refuse(RepositoryUnusable(why, remedy))
            return
        self.open(self._brief_letter(screen.template, place[2]))

    def _brief_letter(self, template: Template, where: str) -> Letter:
        many = f"{self._screen.count} threads" if self._screen.count > 1 else "1 thread"
        model = template.model or template.note or "its default model"
        note = f"{many} · {template.name} · {model} · Tab: other agent · in {where}"
        if template.command:
            return Letter("brief", "COMMAND", note, hint="the command line that runs there")
        return Letter("brief", "BRIEF", note, hint="what shall be done")

    def open_list(self) -> None:
        """One thread a line."""
        screen = self._screen
        screen.template = self.template()
        if screen.template is None:
            screen.refuse(AccountMissing("yet"))
            return
        hint = "one thread a line, or the path of a file with the lines"
        self.open(Letter("list", "LIST", screen.template.name, hint=hint))

    def open_field(self, name: str) -> None:
        """Rename, model, usd, tokens: one line for the selection."""
        use, head, hint = _FIELDS[name]
        ids = self._screen.selection.ids
        letter = Letter(use, head, f"for {self._name(ids)}", ids, hint=hint)
        self.open(letter, self._prefill(name, ids))

    def _prefill(self, use: str, ids: tuple[int, ...]) -> str:
        head = self._screen.world.threads.get(ids[0]) if ids else None
        if head is None:
            return ""
        return {"rename": head.name * (len(ids) == 1), "model": head.model}.get(use, "")

    # --- sending --------------------------------------------------

    def changed(self) -> None:
        """The text changed: kept as draft, its cost estimated."""
        screen, composer = self._screen, self._screen.composer
        if composer is None or composer.letter is None or screen.letter is None:
            return
        screen.drafts[screen.letter.key] = composer.text
        note = screen.letter.note
        if screen.letter.use in {"steer", "message", "brief"} and composer.text:
            count = max(len(screen.letter.receivers), 1) * len(composer.text) // _CHARS_PER_TOKEN
            note = f"{note} · about {words.tokens(count)} tokens"
        elif screen.letter.use == "list":
            note = self._list_note(composer.text)
        composer.letter = with_note(composer.letter, note)
        screen.changed()

    def _list_note(self, text: str) -> str:
        template = self._screen.template
        count = sum(1 for line in text.splitlines() if line.strip())
        return f"{count} threads · {template.name if template else ''}"

    def send(self, now: bool) -> None:
        """Return (now: Mod+Return): the text becomes an order; an empty one only closes."""
        screen, letter = self._screen, self._screen.letter
        if screen.composer is None or letter is None:
            return
        text = screen.composer.text.strip()
        if not text and self.attaching.of(letter) is None and letter.use != "agree":
            self.close()
            return
        if self._send[letter.use](letter, text, now):
            screen.composer.sent(text)
            screen.drafts[letter.key] = ""
            self.attaching.sent(letter)
            self.close()

    def close(self) -> None:
        """Back to where the keys were; the draft stays."""
        screen = self._screen
        if screen.composer is not None:
            screen.composer.close_field()
        screen.letter = None
        screen.leave("composer")

    def _steer(self, letter: Letter, text: str, now: bool) -> bool:
        picture = self.attaching.of(letter)
        reason = self.attaching.lacks(letter) if picture else None
        if reason is not None:
            self._screen.refuse(reason)
            return False
        text = outgoing(text, self.attaching.heads(letter))
        path = picture.path if picture else ""
        order = od.Steer(target(letter.receivers), text, now, path)
        said = "sent" if now else "queued: it goes in after the turn"
        return self._giver.order(order, letter.receivers, said)

    def _place(self) -> tuple[str, str, str] | None:
        """(operation, repository, words) for new threads."""
        screen = self._screen
        head = screen.active
        if head is not None and head.operation:
            return head.operation, "", head.operation
        if screen.repository.get("root"):
            root = str(screen.repository["root"])
            return "", root, Path(root).name
        if head is not None and head.repo:
            return "", head.repo, Path(head.repo).name
        operations = list(screen.world.operations)
        return (operations[0], "", operations[0]) if operations else None

    def _spawn(self, briefs: tuple[str, ...], count: int) -> bool:
        template, place = self._screen.template, self._place()
        if template is None or place is None:
            self._screen.refuse(RepositoryUnusable("no folder was named", "commandcenter PATH"))
            return False
        if template.login and template.login not in self._screen.world.logins:
            self._ask_login(template.login, briefs, count)
            return False
        order = od.Spawn(
            () if template.command else briefs,
            template.agent,
            template.model,
            template.account,
            place[0],
            place[1],
            count=count,
            profile="clean" if template.profile == "clean" else "",
            command=" ".join(briefs) if template.command else "",
        )
        many = len(briefs) * count
        return self._giver.order(order, (), f"{many} threads start" if many > 1 else "it starts")

    def _ask_login(self, agent: str, briefs: tuple[str, ...], count: int) -> None:
        """A plan login passes the gate once the player agreed to the sentence."""
        self._waits = (briefs, count)
        text = sentence(agent, LOGINS[agent])
        note = "Return agrees and starts · Esc leaves it"
        self.open(Letter("agree", f"LOGIN OF {agent.upper()}", note, hint=text, rows=4))

    def _agree(self, letter: Letter, text: str, now: bool) -> bool:
        template = self._screen.template
        if template is None or not self._giver.order(od.AllowLogin(template.login)):
            return False
        self._screen.template = replace(template, login="", note="your plan")
        self._screen.drafts |= {"brief::": "", "list::": ""}
        return self._spawn(*self._waits)

    def tab(self, back: bool = False) -> None:
        """Tab: completes the word, or in a brief goes to the next agent."""
        screen, letter = self._screen, self._screen.letter
        if screen.composer is None or letter is None or screen.composer.complete():
            return
        if letter.use in {"brief", "list"}:
            self._other(letter, -1 if back else 1)

    def _other(self, letter: Letter, by: int) -> None:
        """The brief stays, another agent gets it."""
        screen, found, place = self._screen, templates(self._screen), self._place()
        if not found or screen.composer is None or place is None:
            return
        at = found.index(screen.template) if screen.template in found else -by
        screen.template = found[(at + by) % len(found)]
        if letter.use == "brief":
            screen.letter = self._brief_letter(screen.template, place[2])
            screen.composer.letter = screen.letter
        self.changed()

    def _brief(self, letter: Letter, text: str, now: bool) -> bool:
        given = self._spawn((text,), self._screen.count)
        if given:
            self._screen.count = 1
        return given

    def _list(self, letter: Letter, text: str, now: bool) -> bool:
        """The first Return shows what will start, the second one starts it."""
        screen = self._screen
        try:
            briefs = lines(text)
        except OSError as error:
            screen.say(f"the file cannot be read: {error.strerror}", refused=True)
            return False
        if not screen.twice.meant(f"list {text}", screen.now()):
            screen.twice.refused(f"list {text}", screen.now())
            screen.say(f"Return again starts {len(briefs)} threads", "Esc keeps the list")
            return False
        return self._spawn(briefs, 1)

    def _answer(self, letter: Letter, text: str, now: bool) -> bool:
        ask = self._screen.world.asks.get(letter.ask)
        if ask is not None and text.isdigit() and 0 < int(text) <= len(ask.options):
            text = ask.options[int(text) - 1]
        order = od.Approve(letter.ask, digest=letter.digest, text=text)
        self._screen.agenda.handling.learn("question", self._screen.now() - self._screen.deck.since)
        return self._giver.order(order, letter.receivers, "answered")

    def _deny(self, letter: Letter, text: str, now: bool) -> bool:
        return self._giver.order(
            od.Deny(letter.ask, text, letter.digest), letter.receivers, "denied"
        )

    def _rename(self, letter: Letter, text: str, now: bool) -> bool:
        given, many = True, len(letter.receivers) > 1
        for nth, thread in enumerate(letter.receivers, 1):
            name = f"{text}-{nth}" if many else text
            given = self._giver.order(od.Rename(f"#{thread}", name), (thread,)) and given
        return given

    def _model(self, letter: Letter, text: str, now: bool) -> bool:
        order = od.Model(target(letter.receivers), text)
        return self._giver.order(order, letter.receivers, f"the next call goes to {text}")
