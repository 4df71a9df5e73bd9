"""The stack that is attacked, started on an empty directory."""

from tests.stack.conftest import open_folder, stack

__all__ = ["open_folder", "stack"]
