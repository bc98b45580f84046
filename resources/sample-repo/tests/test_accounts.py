"""Names of accounts."""

import unittest

from tally.accounts import depth, is_below, parent_of, with_parents


class Accounts(unittest.TestCase):
    """The tree written with colons."""

    def test_parent(self) -> None:
        self.assertEqual(parent_of("assets:bank:main"), "assets:bank")
        self.assertEqual(parent_of("assets"), "")

    def test_depth(self) -> None:
        self.assertEqual([depth(name) for name in ("a", "a:b", "a:b:c")], [0, 1, 2])

    def test_child_is_below(self) -> None:
        self.assertTrue(is_below("assets:cash", "assets"))
        self.assertTrue(is_below("assets", "assets"))

    def test_a_longer_name_is_not_below(self) -> None:
        self.assertFalse(is_below("assets:cashier", "assets:cash"))

    def test_with_parents(self) -> None:
        self.assertEqual(with_parents({"a:b:c", "d"}), ["a", "a:b", "a:b:c", "d"])
