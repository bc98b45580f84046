"""The three protocols as a server speaks them: requests read, answers shaped."""
