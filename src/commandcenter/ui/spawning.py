"""New threads: one brief, or a list of them; what they are made from and where."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from commandcenter.core import orders as od
from commandcenter.core.consent import sentence
from commandcenter.core.refusals import AccountMissing, RepositoryUnusable
from commandcenter.hud import costs, listing
from commandcenter.hud.card import Template
from commandcenter.hud.words import plain
from commandcenter.ui.fields import Open
from commandcenter.ui.figures import lines
from commandcenter.ui.giver import Giver
from commandcenter.ui.issues import Issues
from commandcenter.ui.letter import Letter, Use
from commandcenter.ui.roster import Roster
from commandcenter.ui.screen import Screen
from commandcenter.ui.templates import LOGINS, templates


def go_to(screen: Screen, name: str) -> None:
    """The player has gone to an operation: new threads are its own from now, and one without any
    says how it gets its first."""
    operation = screen.world.operations.get(name)
    bare = operation is not None and not operation.threads
    screen.selection.go_to(name)
    said = plain(name) or "there is no operation"
    screen.say(said, "no thread yet; Mod+N starts its first" if bare else "")


class Spawning:
    """Opens the brief and the list, and starts what they say."""

    def __init__(self, screen: Screen, giver: Giver, opens: Open) -> None:
        self._screen = screen
        self._giver = giver
        self._open = opens
        self.issues = Issues(screen)
        self.close: Callable[[], None] = lambda: None
        """Closes the composer; its draft stays."""
        self._roster: Roster | None = None
        self._edited: Callable[[str], None] = lambda text: None
        self._waits: tuple[tuple[str, ...], int] = ((), 1)
        """Briefs and their count that wait until the player agrees to a login."""

    def uses(self) -> dict[Use, Callable[[Letter, str, bool], bool]]:
        """Use of the composer -> what its text becomes."""
        return {
            "brief": self._brief,
            "list": self._list,
            "agree": self._agree,
            "row": self._row,
        }

    # --- letters --------------------------------------------------

    def rest(self) -> Letter:
        """What Return opens while there is no thread."""
        lacks = [
            name
            for name, found in (("account", self.template()), ("repository", self.place()))
            if not found
        ]
        hint = f"no {' and '.join(lacks)} yet" if lacks else "what shall be done"
        if "account" in lacks:
            hint += self._screen.spelled("; add one as above says, or Mod+G practises without")
        return Letter("brief", "BRIEF", hint=hint)

    def template(self) -> Template | None:
        """What new threads are made from when nothing was chosen: a command line never is."""
        chosen = self._screen.template
        if chosen is not None:
            return chosen
        return next((one for one in templates(self._screen) if not one.command), None)

    def place(self) -> tuple[str, str, str] | None:
        """(operation, repository, words) for new threads."""
        screen = self._screen
        head, gone_to = screen.active, screen.selection.sector
        if gone_to in screen.world.operations:
            return gone_to, "", gone_to
        if head is not None and head.operation:
            return head.operation, "", head.operation
        if screen.repository.get("root"):
            root = str(screen.repository["root"])
            return "", root, Path(root).name
        if head is not None and head.repo:
            return "", head.repo, Path(head.repo).name
        operations = list(screen.world.operations)
        return (operations[0], "", operations[0]) if operations else None

    def _ready(self) -> tuple[Template, tuple[str, str, str]] | None:
        """What they are made from and where; else the card says what is missing."""
        screen = self._screen
        screen.template, place = self.template(), self.place()
        if screen.template is None:
            screen.refuse(AccountMissing("yet"))
            return None
        if place is None:
            why = str(screen.repository.get("why") or "no folder was named")
            remedy = str(screen.repository.get("remedy") or "commandcenter PATH opens one")
            screen.refuse(RepositoryUnusable(why, remedy))
            return None
        return screen.template, place

    def open_brief(self, template: Template | None = None) -> None:
        """A new thread's brief."""
        self._screen.template = template or self.template()
        ready = self._ready()
        if ready is not None:
            self._open(self._brief_letter(ready[0], ready[1][2]), "")

    def _brief_letter(self, template: Template, where: str) -> Letter:
        many = f"{self._screen.count} threads" if self._screen.count > 1 else "1 thread"
        model = template.model or template.note or "its default model"
        note = " \u00b7 ".join((f"{many} in {where}", template.name, model, "Tab: other agent"))
        if template.command:
            return Letter("brief", "COMMAND", note, hint="the command line that runs there")
        return Letter("brief", "BRIEF", note, hint="what shall be done")

    def open_list(self) -> None:
        """One thread a line; the table of them comes before anything starts."""
        ready = self._ready()
        if ready is not None:
            hint = "one thread a line \u00b7 a file's path \u00b7 gh issue list --label bug"
            self._open(Letter("list", "LIST", ready[0].name, hint=hint), "")

    # --- notes --------------------------------------------------

    def note(self, letter: Letter, text: str) -> str:
        """What stands beside the head while it is written."""
        template = self._screen.template
        if letter.use == "list" or template is None:
            count = len(listing.briefs(text))
            return f"{count} threads \u00b7 {template.name if template else ''}"
        many, _, rest = letter.note.partition(" \u00b7 ")
        return f"{many} \u00b7 {self.price(template, self._screen.count)} \u00b7 {rest}"

    def price(self, template: Template, count: int = 1) -> str:
        """What threads like these cost so far; `price unknown` where none has ended a turn."""
        return self.total([template] * count)

    def total(self, made: Sequence[Template]) -> str:
        """The same for threads that are made from these."""
        world = self._screen.world
        found = (costs.alike(world, one.agent, one.account, one.model) for one in made)
        return costs.like_ones(*found)

    def other(self, letter: Letter, by: int) -> None:
        """The brief stays, another agent gets it."""
        screen, found, place = self._screen, templates(self._screen), self.place()
        if not found or screen.composer is None or place is None:
            return
        at = found.index(screen.template) if screen.template in found else -by
        screen.template = found[(at + by) % len(found)]
        if letter.use == "brief":
            screen.letter = self._brief_letter(screen.template, place[2])
            screen.composer.letter = screen.letter

    # --- sending --------------------------------------------------

    def _brief(self, letter: Letter, text: str, now: bool) -> bool:
        given = self.spawn((text,), self._screen.count)
        if given:
            self._screen.count = 1
        return given

    def spawn(self, briefs: tuple[str, ...], count: int) -> bool:
        """Start them from the chosen template; a plan login is agreed to first."""
        template, place = self._screen.template, self.place()
        if template is None or place is None:
            self._screen.refuse(RepositoryUnusable("no folder was named", "commandcenter PATH"))
            return False
        if template.login and template.login not in self._screen.world.logins:
            self._ask_login(template.login, briefs, count)
            return False
        many = len(briefs) * count
        said = f"{many} threads start" if many > 1 else "it starts"
        return self._giver.order(spawn_order(template, place, briefs, count), (), said)

    def _ask_login(self, agent: str, briefs: tuple[str, ...], count: int) -> None:
        """A plan login passes the gate once the player agreed to the sentence."""
        self._waits = (briefs, count)
        text = sentence(agent, LOGINS[agent])
        note = "Return agrees and starts \u00b7 Esc leaves it"
        self._open(Letter("agree", f"LOGIN OF {agent.upper()}", note, hint=text, rows=4), "")

    def _agree(self, letter: Letter, text: str, now: bool) -> bool:
        template = self._screen.template
        if template is None or not self._giver.order(od.AllowLogin(template.login)):
            return False
        self._screen.template = replace(template, login="", note="your plan")
        self._screen.drafts |= {"brief::": "", "list::": ""}
        return self.spawn(*self._waits)

    # --- a list --------------------------------------------------

    def _list(self, letter: Letter, text: str, now: bool) -> bool:
        """Return shows the table of what will start; its own Return starts it."""
        screen = self._screen
        if listing.asks_gh(text):
            self.issues.ask(text, str(screen.repository.get("root") or ""), self._listed)
            return False
        try:
            briefs = lines(text)
        except OSError as error:
            screen.say(f"the file cannot be read: {error.strerror}", refused=True)
            return False
        self._table(briefs)
        return False

    def _listed(self, text: str) -> None:
        """What `gh` said, as a table."""
        if self._screen.letter is not None and self._screen.letter.use == "list":
            self._table(listing.briefs(text))

    def _table(self, briefs: tuple[str, ...]) -> None:
        screen, ready = self._screen, self._ready()
        if ready is None or not briefs:
            screen.say("there is no line in it", refused=True)
            return
        roster = self._roster = Roster(screen, briefs, ready)
        roster.start, roster.total, roster.edit = self._start, self.total, self._edit
        self.close()
        screen.open_sheet(roster)

    def _edit(self, text: str, then: Callable[[str], None]) -> None:
        """A row's brief is written anew in the composer; the table comes back after it."""
        self._edited = then
        self._screen.close_sheet()
        self._screen.drafts.pop("row::", None)
        self._open(
            Letter("row", "BRIEF", "Return: back to the table", hint="what shall be done"), text
        )

    def _row(self, letter: Letter, text: str, now: bool) -> bool:
        self._edited(text)
        return True

    def closed(self, letter: Letter | None) -> None:
        """The composer closed; behind a row's brief the table stands again."""
        if letter is not None and letter.use == "row" and self._roster is not None:
            self._screen.drafts.pop("row::", None)
            self._screen.open_sheet(self._roster)

    def _start(self, rows: tuple[listing.Row, ...]) -> bool:
        """One order for all rows that are made alike; the text they came from is done with."""
        given = True
        for (template, place), briefs in listing.grouped(rows):
            order = spawn_order(template, place, briefs, 1)
            said = f"{len(rows)} threads start" if len(rows) > 1 else "it starts"
            given = self._giver.order(order, (), said, yes=True) and given
        return given


def spawn_order(
    template: Template, place: tuple[str, str, str], briefs: tuple[str, ...], count: int
) -> od.Spawn:
    """What starts threads from a template at a place."""
    return od.Spawn(
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
