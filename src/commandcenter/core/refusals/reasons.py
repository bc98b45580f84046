"""The closed list of reasons why an order is refused, each with the thing that mends it."""

from typing import ClassVar

from commandcenter.core.base import CommandCenterError, Record


class Reason(Record, frozen=True, tag=True):
    """Base of all reasons; `says` and `mends` are templates over the fields."""

    says: ClassVar[str] = ""
    mends: ClassVar[str] = ""
    second: ClassVar[bool] = False
    """The same order given again (second press, `--yes`) is taken."""

    def text(self) -> str:
        """One sentence: what stands in the way."""
        return self.says.format(**self._fields())

    def mend(self) -> str:
        """The key or command that mends it; empty when nothing does."""
        return self.mends.format(**self._fields())

    def _fields(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


class BudgetReached(Reason, frozen=True):
    """The next step does not fit what is left of a limit."""

    scope: str
    left: str
    need: str
    says: ClassVar[str] = "the budget of {scope} has {left} left, this needs about {need}"
    mends: ClassVar[str] = "Z raises it (budget {scope} --usd X or --tokens N)"


class PriceUnknown(Reason, frozen=True):
    """A money limit on a model without a known price would hold nothing."""

    model: str
    says: ClassVar[str] = "no price is known for {model}, so a money limit could not be checked"
    mends: ClassVar[str] = 'set a token limit, or a price in settings.toml: [prices."{model}"]'


class RateLimited(Reason, frozen=True):
    """The provider closed the account for a while."""

    account: str
    until: str
    says: ClassVar[str] = "the provider closed account {account} until {until}"
    mends: ClassVar[str] = "it opens by itself; model --to another account's model goes on now"


class PolicyForbids(Reason, frozen=True):
    """A rule of engagement forbids it."""

    rule: str
    says: ClassVar[str] = "the rules forbid it: {rule}"
    mends: ClassVar[str] = "steer the thread another way (Q)"


class NotAuthorised(Reason, frozen=True):
    """Who asked may not."""

    who: str
    says: ClassVar[str] = "{who} may not give this order"
    mends: ClassVar[str] = "the player gives it, by key or from a shell"


class NeedsDanger(Reason, frozen=True):
    """Levels R3 and R4 are allowed by the danger key alone."""

    level: str
    says: ClassVar[str] = "this is {level}: it leaves the machine or cannot be taken back"
    mends: ClassVar[str] = "Shift+Y allows it (approve ID --danger)"


class ChangedSinceAsked(Reason, frozen=True):
    """The case is no longer what was shown."""

    says: ClassVar[str] = "the request changed after it was shown"
    mends: ClassVar[str] = "look again (J), then decide"


class AlreadyAnswered(Reason, frozen=True):
    """Somebody decided before."""

    ask: int
    says: ClassVar[str] = "approval {ask} is already decided"
    mends: ClassVar[str] = "J goes to the next one"


class AgentMissing(Reason, frozen=True):
    """No such agent, or it is not installed."""

    agent: str
    says: ClassVar[str] = "agent {agent} is not here"
    mends: ClassVar[str] = "commandcenter doctor names what to install; --agent native always works"


class AccountMissing(Reason, frozen=True):
    """No such account, or none at all."""

    account: str
    says: ClassVar[str] = "there is no account {account}"
    mends: ClassVar[str] = (
        "commandcenter accounts add ID --kind chat|anthropic|ollama|responses --url U --model M"
    )


class AccountUnreachable(Reason, frozen=True):
    """The account's endpoint could not be started or reached."""

    account: str
    why: str
    says: ClassVar[str] = "account {account} cannot be reached: {why}"
    mends: ClassVar[str] = "check its address with commandcenter accounts"


class DriverLacks(Reason, frozen=True):
    """This kind of agent cannot do it."""

    capability: str
    says: ClassVar[str] = "this agent cannot {capability}"
    mends: ClassVar[str] = "another agent can (spawn --agent)"


class ModelLacks(Reason, frozen=True):
    """The model cannot take it."""

    capability: str
    says: ClassVar[str] = "this model cannot take {capability}"
    mends: ClassVar[str] = "another model can (model T --to M)"


class LoginNotAllowed(Reason, frozen=True):
    """A plan login passes the gate only once the player has let it."""

    agent: str
    says: ClassVar[str] = "the login of {agent} may not pass the gate yet"
    mends: ClassVar[str] = "commandcenter order 'allow-login {agent}' lets it"


class Taken(Reason, frozen=True):
    """The session is in the person's own hands."""

    says: ClassVar[str] = "the session is in your own hands"
    mends: ClassVar[str] = "leave it there, then give it back (give-back T)"


class StillHeld(Reason, frozen=True):
    """A process still holds the session."""

    pid: int
    says: ClassVar[str] = "process {pid} still holds the session"
    mends: ClassVar[str] = "leave it there first, then give it back"


class CannotRewriteModel(Reason, frozen=True):
    """The model is not reachable over the thread's account."""

    model: str
    says: ClassVar[str] = "{model} is not of the same wire as this thread's account"
    mends: ClassVar[str] = "choose a model of the same account"


class ContextTooLarge(Reason, frozen=True):
    """The conversation does not fit the model."""

    have: int
    limit: int
    says: ClassVar[str] = "the context has {have} tokens, the model takes {limit}"
    mends: ClassVar[str] = "choose a model with a larger window"


class NoWorkspace(Reason, frozen=True):
    """The thread has no worktree to work in."""

    says: ClassVar[str] = "the thread has no workspace"
    mends: ClassVar[str] = "spawn it anew in a repository"


class WorkspaceFailed(Reason, frozen=True):
    """Git could not make the worktree."""

    step: str
    says: ClassVar[str] = "the workspace could not be made: {step}"
    mends: ClassVar[str] = "mend it in the repository, then revive the thread"


class RepositoryUnusable(Reason, frozen=True):
    """The folder is no repository a worktree can be made from."""

    why: str
    remedy: str
    says: ClassVar[str] = "the repository cannot be used: {why}"
    mends: ClassVar[str] = "{remedy}"


class Frozen(Reason, frozen=True):
    """A frozen thread acts only after resume."""

    says: ClassVar[str] = "the thread is frozen"
    mends: ClassVar[str] = "E on its tile resumes it (resume T)"


class Paused(Reason, frozen=True):
    """A paused thread takes no answer until it goes on; in APPROVE the key E edits."""

    thread: int
    says: ClassVar[str] = "the thread is paused, so no answer reaches it"
    mends: ClassVar[str] = "B leaves, then E on its tile resumes it (resume #{thread})"


class Ending(Reason, frozen=True):
    """The kill fuse burns."""

    says: ClassVar[str] = "the thread is being killed"
    mends: ClassVar[str] = "E or Mod+Z spares it until the fuse ends"


class Ended(Reason, frozen=True):
    """The thread has ended."""

    says: ClassVar[str] = "the thread has ended"
    mends: ClassVar[str] = "B, then E revives it (revive T)"


class NotEnded(Reason, frozen=True):
    """Only an ended thread can be revived."""

    says: ClassVar[str] = "the thread is still alive"
    mends: ClassVar[str] = "E resumes it when it is paused"


class NoChange(Reason, frozen=True):
    """It is so already."""

    says: ClassVar[str] = "it is so already"
    mends: ClassVar[str] = ""


class StaleView(Reason, frozen=True):
    """The thread changed after the sender last looked."""

    says: ClassVar[str] = "the thread changed since it was shown"
    mends: ClassVar[str] = "look again, then press again"


class NothingToUndo(Reason, frozen=True):
    """No order is left to be taken back, or to be given again."""

    what: str
    """take back, give again"""
    says: ClassVar[str] = "there is nothing to {what}"


class NotUndoable(Reason, frozen=True):
    """Too late to take it back."""

    what: str
    says: ClassVar[str] = "{what} cannot be taken back"
    mends: ClassVar[str] = ""


class CannotRecord(Reason, frozen=True):
    """The journal takes no entry, so nothing may happen."""

    why: str
    says: ClassVar[str] = "the journal cannot be written ({why}); all threads are held"
    mends: ClassVar[str] = "free 200 MiB on its disk; it goes on by itself"


class TargetMissing(Reason, frozen=True):
    """The target names nothing."""

    target: str
    says: ClassVar[str] = "{target} names nothing here"
    mends: ClassVar[str] = "commandcenter threads lists what there is"


class TargetInvalid(Reason, frozen=True):
    """The order makes no sense for this target."""

    why: str
    says: ClassVar[str] = "{why}"
    mends: ClassVar[str] = ""


class TooMany(Reason, frozen=True):
    """Large or dear orders want the second press."""

    count: int
    price: str = ""
    """`about $1.40`, where that is why."""
    second: ClassVar[bool] = True
    says: ClassVar[str] = "this is for {count} threads"
    mends: ClassVar[str] = "the same key again gives it (order --yes)"

    def text(self) -> str:
        """The count, and the price where it is known."""
        who = f"this is for {self.count} thread{'s' * (self.count != 1)}"
        return f"{who} and costs {self.price}" if self.price else who


class PeerIsAgent(Reason, frozen=True):
    """An agent's own process tried to give orders."""

    says: ClassVar[str] = "the order comes from below an agent"
    mends: ClassVar[str] = "the player gives orders, agents do not"


class QueueFull(Reason, frozen=True):
    """The thread's chain of queued orders is as long as it may be."""

    cap: int
    says: ClassVar[str] = "{cap} orders are queued already, which is the most"
    mends: ClassVar[str] = "queue T --drop N takes one out, queue T --clear all"


class NoStopCondition(Reason, frozen=True):
    """A loop without an end is not begun."""

    says: ClassVar[str] = "a loop needs a stop condition"
    mends: ClassVar[str] = "e.g. --until 5, --until $1.50, --until 30m, --until stale:3"


class EngineLost(Reason, frozen=True):
    """The engine ended before the order was carried out."""

    says: ClassVar[str] = "the engine was lost before the order was carried out"
    mends: ClassVar[str] = "look at the thread, then give it again"


class OrderFailed(Reason, frozen=True):
    """A fault of ours while the order was carried out."""

    what: str
    says: ClassVar[str] = "a fault in the engine stopped it: {what}"
    mends: ClassVar[str] = "the engine's log has the whole of it"


class NoSelection(Reason, frozen=True):
    """Screen only: nothing is selected."""

    says: ClassVar[str] = "nothing is selected"
    mends: ClassVar[str] = "click a tile, or ` selects all live threads"


class ShownChanged(Reason, frozen=True):
    """Screen only: the case changed less than half a second ago."""

    says: ClassVar[str] = "the case shown has just changed"
    mends: ClassVar[str] = "look, then press again"


class OtherKey(Reason, frozen=True):
    """Screen only: another key does this here."""

    key: str
    says: ClassVar[str] = "that key decides nothing here"
    mends: ClassVar[str] = "{key}"


class LinkDown(Reason, frozen=True):
    """Screen only: the engine is away."""

    says: ClassVar[str] = "the engine does not answer"
    mends: ClassVar[str] = "the screen reconnects by itself; commandcenter engine starts one"


class NotYet(Reason, frozen=True):
    """Screen only: the action is of a later milestone."""

    milestone: str
    says: ClassVar[str] = "not built yet: it comes with {milestone}"
    mends: ClassVar[str] = ""


class Refused(CommandCenterError):
    """An order's answer "no", caught once, in `engine.submit`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text())
        self.reason = reason
