"""Which versions of a question there are."""

from __future__ import annotations

from kimi_magic.conversation import Conversation, Entry
from kimi_magic.panel.branches import Versions, versions


def line(name: str, ids: str, begun: float = 0.0) -> Conversation:
    """Return a conversation of turns whose ids are letters; those after a ``|`` were asked later than ``begun``."""
    common, _, own = ids.partition("|")
    entries = [Entry(id, "complete", float(place), True) for place, id in enumerate(common)]  # noqa: A001 the field's name
    entries += [Entry(id, "complete", 100 + begun + place, True) for place, id in enumerate(own)]  # noqa: A001 the field's name
    return Conversation(name, entries=entries)


def test_a_conversation_alone_has_no_versions() -> None:
    """Without another line there is nothing to choose."""
    main = line("main", "abc")
    assert versions(main, [main]) == {}


def test_an_edited_question_has_two() -> None:
    """Where two lines part the shown one is told its number, in the order in which they were asked."""
    old, new = line("main~1", "a|bc"), line("main", "a|x", begun=10)
    assert versions(new, [old, new]) == {"x": Versions(("main~1", "main"), 2)}
    assert versions(old, [old, new]) == {"b": Versions(("main~1", "main"), 1)}
    assert versions(new, [old, new])["x"].told == [2, 2]


def test_the_first_question_can_have_versions_too() -> None:
    """Lines that were put aside for one another may part before their first turn."""
    old, new = line("main~1", "|bc"), line("main", "|x", begun=10)
    assert versions(new, [old, new])["x"].told == [2, 2]


def test_versions_of_versions_are_counted_where_they_part() -> None:
    """Three lines that part at two places: each place counts its own, and leads to the line asked last."""
    one, two, three = line("main~1", "a|bc"), line("main~2", "a|bd", begun=5), line("main", "a|x", begun=10)
    assert versions(three, [one, two, three]) == {"x": Versions(("main~2", "main"), 2)}
    assert versions(one, [one, two, three])["c"].told == [1, 2]


def test_a_shorter_line_is_no_version() -> None:
    """One that only ends earlier says nothing else."""
    assert versions(line("main", "abc"), [line("main~1", "ab")]) == {}


def test_a_line_with_a_name_of_its_own_is_no_version() -> None:
    """What somebody named is not exchanged for another: /new notes from 1 is a conversation by itself."""
    assert versions(line("main", "ab"), [line("notes", "ac")]) == {}
