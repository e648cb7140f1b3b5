"""What people are called. Apps that know people say so here, so that `student:S004` can be read as Joan Zuria everywhere."""

from collections.abc import Callable, Collection, Mapping

from django.utils.safestring import SafeString

from core.admin.addresses import link_to

_KNOWN: dict[str, Callable[[Collection[str]], dict[str, str]]] = {}


def has_names(word: str, names_of_ids: Callable[[Collection[str]], dict[str, str]]) -> None:
    """`word` is what an owner or actor begins with; the function gives the names of those ids that it knows, at once."""
    _KNOWN[word] = names_of_ids


def names_of(people: Collection[str]) -> dict[str, str]:
    """`student:S004` → `Joan Zuria`, for those that somebody knows; one query for each kind of people."""
    found: dict[str, str] = {}
    for word, names_of_ids in _KNOWN.items():
        ids = {person.partition(":")[2] for person in people if person.startswith(f"{word}:")}
        if ids:
            found |= {f"{word}:{identity}": name for identity, name in names_of_ids(ids).items()}
    return found


def link_to_person(person: str, called: Mapping[str, str] | None = None) -> SafeString:
    """Somebody by name, with a link to their page. `called` is what `names_of` gave for everyone on this page."""
    return link_to(person, (names_of({person}) if called is None else called).get(person, ""))
