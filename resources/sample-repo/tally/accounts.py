"""Names of accounts: a tree written with colons."""


def parent_of(account: str) -> str:
    """The account one level up; "" for a top account."""
    return account.rpartition(":")[0]


def depth(account: str) -> int:
    """0 for a top account, 1 for its children, and so on."""
    return account.count(":")


def is_below(account: str, parent: str) -> bool:
    """Is the account the parent itself or one of its descendants?"""
    return account.startswith(parent)


def with_parents(accounts: set[str]) -> list[str]:
    """The accounts and all their parents, sorted."""
    found = set(accounts)
    for account in accounts:
        while account := parent_of(account):
            found.add(account)
    return sorted(found)
