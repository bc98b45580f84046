"""What the card says of a button before it is pressed: effect, cost, why greyed, what mends it."""

from commandcenter.hud import costs
from commandcenter.hud.card import Place
from commandcenter.hud.resuming import cold, sentence
from commandcenter.ui.moments import time_of_day
from commandcenter.ui.pricing import Pricing
from commandcenter.ui.screen import Screen
from commandcenter.ui.tip import Hint

_ASKS = frozenset({"order.steer", "order.goal", "order.loop", "more.compact", "more.model"})
"""Orders that lead to a request."""
_EFFECTS = {
    "more.rename": "Give the thread another name.",
    "more.model": "Send the next call to another model of the same account.",
    "more.revive": "Open a new thread from an ended one, in its workspace.",
    "more.tags": "Put a word on the threads, or take it off.",
    "more.compact": "Let the agent make its context smaller.",
    "more.hibernate": "Put the session away: no process, no memory; or wake it.",
    "more.take": "Put the session away and open it in your own terminal; or give it back.",
    "more.fork": "Copy the thread with what it knows, behind a turn that you pick.",
    "more.revert": "Put the workspace back to a checkpoint; what stands now becomes one first.",
    "more.critic": "Let another model judge the result against goal and diff, read-only.",
    "more.land": "Look at the result and bring it to your branch, a pull request, back, or away.",
    "rest.reclaim": "Remove an ended thread's worktree; what is not merged stays on a hidden ref.",
    "split.own": "Type the tasks yourself; no model is asked.",
    "split.draft": "Open the plan there is; nothing starts.",
    "kind:divide": "Different tasks; a plan is drawn up and shown before it starts.",
    "kind:branch": "The same task in several ways; a digit begins it at once.",
    "kind:scout": "Cheap probes that only read and report; a digit begins them at once.",
    "more.clear_queue": "Take out all orders that wait behind what the threads do.",
    "more.kill_now": "End the threads at once, without a fuse; the workspaces stay.",
    "card.rest": "Further orders.",
    "loop.own": "Write the stop conditions yourself.",
    "loop:off": "No further round begins; the running one ends by itself.",
    "to:": "Results are not sent on.",
    "to:review": "Results wait for your look; ' goes to the next.",
    "budget.at_limit": "At the limit: pause at once, end the turn first, or go a rung down, once.",
}
_FAMILIES = {
    "loop:": "Repeat the turn until this is reached, whichever comes first.",
    "to:@group:": "Each result goes as a message to this group's threads.",
    "model:": "Send the next call to this model; what was cached is sent anew.",
    "template.": "Write the brief of threads made like this.",
    "into:": "Side by side first: nothing is merged before you have looked.",
    "budget.": "Change what the threads may spend.",
    "split:": "So many children, each with its share; the parent waits for them.",
}


def hint(screen: Screen, place: Place, pricing: Pricing | None = None) -> Hint:
    """The tooltip of one place of the card."""
    known = screen.keymap.actions.get(place.action)
    effect = known.help if known else _effect(place.action)
    reason = place.reason
    paid = cost(screen, place, pricing) or screen.on_hint(place.action)
    if screen.mode == "target" and screen.targets is not None:
        effect, paid = screen.targets.tells(place) if reason is None else ("", "")
        effect = effect or _effect(place.action) * (reason is None)
    return Hint(
        place.name,
        screen.labels.of(place.key) if place.key else "",
        effect,
        paid,
        reason.text() if reason is not None else "",
        screen.spelled(reason.mend()) if reason is not None else "",
    )


def _effect(action: str) -> str:
    found = (text for family, text in _FAMILIES.items() if action.startswith(family))
    return _EFFECTS.get(action) or next(found, "")


def cost(screen: Screen, place: Place, pricing: Pricing | None = None) -> str:
    """What pressing it costs, where that is known before the press."""
    ids = screen.receivers
    wakes = place.action == "more.hibernate" and place.name == "Wake"
    if wakes or (place.action, place.name) == ("order.pause_resume", "Resume"):
        return resuming(screen, ids)
    if pricing is None or place.reason is not None:
        return ""
    if place.action in ("order.kill", "more.kill_now"):
        return pricing.stopping(ids)
    rounds = place.action.removeprefix("loop:")
    if place.action not in _ASKS and not rounds.isdigit():
        return ""
    pricing.want(ids)
    found = pricing.estimate(ids)
    if found is None:
        return ""
    if rounds.isdigit():
        return f"{rounds} x {costs.sentence(found)} at first"
    each = "a round: " if place.action == "order.loop" else ""
    return each + costs.sentence(found)


def resuming(screen: Screen, ids: tuple[int, ...]) -> str:
    """What a resume of these threads sends without a cache; empty when their caches live."""
    now = screen.clock.wall()
    found = cold(screen.world, screen.mirror.moves, ids, now)
    return sentence(found, lambda wall: time_of_day(wall, now)) if found else ""
