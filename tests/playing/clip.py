"""Another program from which a person copies: it holds a text until somebody else copies one."""

import sys

from PySide6.QtGui import QGuiApplication


def main(text: str) -> int:
    """Hold the clipboard; says `held` once it does."""
    app = QGuiApplication(["clip"])
    clipboard = app.clipboard()
    clipboard.setText(text)
    clipboard.dataChanged.connect(lambda: clipboard.ownsClipboard() or app.quit())
    sys.stdout.write("held\n")
    sys.stdout.flush()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
