"""Which program opens a worktree, by environment and PATH alone."""

import pytest

from commandcenter.config.tools import (
    Desktop,
    ToolMissing,
    browser,
    editor,
    outside,
    shell,
    terminal,
)

TREE = "/data/worktrees/3"
HERE = {"DISPLAY": ":0"}


def desk(*programs: str, platform: str = "linux", **env: str) -> Desktop:
    return Desktop(env, platform, lambda name: f"/bin/{name}" if name in programs else "")


def test_the_environment_is_not_the_threads() -> None:
    env = {"PORT": "1", "CC_THREAD": "3:1", "CC_HOME": "x", "CC_PORT": "1", "A": "b"}
    assert outside(env) == {"A": "b"}


@pytest.mark.parametrize(
    ("given", "argv"),
    [
        (desk("code", VISUAL="code --wait"), ("/bin/code", "--wait", TREE)),
        (desk("gvim", EDITOR="gvim"), ("/bin/gvim", TREE)),
        (
            desk("vim", "xterm", EDITOR="vim", **HERE),
            ("/bin/xterm", "-e", "/bin/vim", TREE),
        ),
        (
            desk("emacs", "kitty", EDITOR="emacs -nw", TERMINAL="kitty"),
            ("/bin/kitty", "/bin/emacs", "-nw", TREE),
        ),
        (desk("emacs", EDITOR="emacs"), ("/bin/emacs", TREE)),
        (desk("code", "xdg-open", **HERE), ("/bin/code", TREE)),
        (desk("xdg-open", **HERE), ("/bin/xdg-open", TREE)),
        (desk(platform="darwin"), ("open", TREE)),
    ],
)
def test_editor(given: Desktop, argv: tuple[str, ...]) -> None:
    assert editor(given, TREE) == argv


def test_what_was_chosen_comes_first() -> None:
    given = desk("zed", "code", VISUAL="code")
    assert editor(given, TREE, "zed") == ("/bin/zed", TREE)
    assert shell(desk("foot", "kitty", TERMINAL="kitty"), TREE, "foot") == ("/bin/foot",)


@pytest.mark.parametrize(
    ("given", "argv"),
    [
        (desk("foot", TERMINAL="foot --maximized"), ("/bin/foot", "--maximized")),
        (desk("gnome-terminal", "xterm", **HERE), ("/bin/gnome-terminal",)),
        (desk("wezterm", TERMINAL="wezterm"), ("/bin/wezterm", "start")),
        (desk(platform="darwin"), ("open", "-a", "Terminal", TREE)),
    ],
)
def test_shell(given: Desktop, argv: tuple[str, ...]) -> None:
    assert shell(given, TREE) == argv


def test_a_command_in_a_terminal() -> None:
    command = ("claude", "--resume", "a b")
    given = desk("gnome-terminal", **HERE)
    assert terminal(given, TREE, command) == ("/bin/gnome-terminal", "--", *command)
    unknown = desk("myterm", TERMINAL="myterm")
    assert terminal(unknown, TREE, command) == ("/bin/myterm", "-e", *command)
    mac = terminal(desk(platform="darwin"), "/a b", command)
    assert mac[0] == "osascript"
    assert mac[-1] == "cd '/a b' && exec claude --resume 'a b'"


def test_browser() -> None:
    url = "http://127.0.0.1:20010/"
    assert browser(desk("ff", BROWSER="ff -P me"), 20_010) == ("/bin/ff", "-P", "me", url)
    assert browser(desk("wslview", **HERE), 20_010) == ("/bin/wslview", url)
    assert browser(desk(platform="darwin"), 20_010) == ("open", url)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (desk(), "no editor can be shown here, there is no display: set $VISUAL or $EDITOR"),
        (desk(**HERE), "no editor is found here: set $VISUAL or $EDITOR to your editor"),
        (desk(VISUAL="zed"), "$VISUAL names zed, which is not on the PATH"),
        (desk(EDITOR="a 'b"), "$EDITOR cannot be read: No closing quotation"),
        (desk("vi", EDITOR="vi"), "no terminal can be shown here, there is no display"),
    ],
)
def test_nothing_found_says_what_to_set(given: Desktop, says: str) -> None:
    with pytest.raises(ToolMissing) as missing:
        editor(given, TREE)
    assert str(missing.value).startswith(says)


def test_no_terminal_and_no_browser() -> None:
    with pytest.raises(ToolMissing, match=r"no terminal is found here: set \$TERMINAL to yours"):
        shell(desk(**HERE), TREE)
    with pytest.raises(ToolMissing, match=r"no browser is found here: set \$BROWSER"):
        browser(desk(**HERE), 20_010)
