"""Facts about the tree itself: sizes, names, and documents that must not lie."""

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent.parent
SAYS_NOTHING = {"utils", "helpers", "common", "core", "base", "misc"}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]


def test_modules_stay_under_400_lines():
    assert [p.name for p in modules() if len(p.read_text().splitlines()) >= 400] == []


def test_functions_fit_on_a_screen():
    too_long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 60
    ]
    assert too_long == []


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in modules() if path.stem in SAYS_NOTHING] == []


def test_no_file_names_a_package_registry():
    address = re.compile(r"registry = .https?:|--(?:extra-)?index-url[ =]https?:|https?://files\.")
    guilty = [path.name for path in tracked() if path != Path(__file__) and _has(path, address)]
    assert guilty == []
    assert not {"uv.lock", "package-lock.json"} & {path.name for path in tracked()}


def _has(path: Path, pattern: re.Pattern[str]) -> bool:
    try:
        return bool(pattern.search(path.read_text()))
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def commands_in_documents() -> list[tuple[str, str]]:
    return [
        (document.name, call.strip())
        for document in DOCUMENTS
        for block in re.findall(r"```sh\n(.*?)```", document.read_text(), re.DOTALL)
        for call in re.findall(r"manage\.py ([^|\n)#]+)", block)
    ]


@pytest.mark.parametrize(("document", "call"), commands_in_documents())
def test_every_command_in_a_document_exists_with_these_options(document, call):
    name, *arguments = shlex.split(call.replace("…", "x"))
    commands = get_commands()
    assert name in commands
    command = load_command_class(str(commands[name]), name)
    parser = command.create_parser("manage.py", name)
    parser.parse_args(arguments)


def test_every_make_target_in_the_documents_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"`make ([a-z]+)`", document.read_text())
    }
    assert named - targets == set()


def test_every_variable_the_settings_read_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    sources = [p for p in (ROOT / "config").rglob("*.py") if "local" not in p.parts]
    pattern = r"""(?:environ(?:\.get\(|\[)|_flag\(|_list\(|_folder\()["']([A-Z_]+)"""
    read = {name for path in sources for name in re.findall(pattern, path.read_text())}
    assert {name for name in read if f"{name}=" not in example} <= {"DJANGO_SETTINGS_MODULE"}


def test_decisions_are_numbered_and_complete():
    for number, path in enumerate(sorted((ROOT / "docs" / "adr").glob("*.md")), 1):
        text = path.read_text()
        assert path.name.startswith(f"{number:04}-")
        for part in ("Status:", "## Decision", "## Context", "## Alternatives", "## Consequences"):
            assert part in text, f"{path.name} lacks {part}"
