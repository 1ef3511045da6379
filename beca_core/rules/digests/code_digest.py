"""`CodeDigester`: a digest of what code does: of functions, classes and objects, and of everything that they refer to.

Two digests are equal only if code and data are: the bytecode with its constants, defaults, closures, the state of
objects, the global names that functions use, and the source files of the packages that they come from. A digest has no
memory address in it, and does not depend on the order of sets, so it is the same in every process.
"""

from __future__ import annotations

import functools
import re
import sys
import types
from enum import Enum
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from beca_core.rules.rule import Rule, RuleInfo
from beca_core.system.lazy_regexp import LazyRegexp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from beca_core.rules.digests.source_digest import SourceDigests

    _Digests = dict[int, tuple[object, bytes]]
    """Digests by the identities of objects, which are held so that no other object gets the same one."""

_MOST_OBJECTS: Final = 200_000
_OWN_PACKAGE: Final = "beca_core"
_UNDECIDING: Final = frozenset(
    [
        "description",
        "severity",
        "examples",
        "counter_examples",
        "references",
        "remediation",
        "provider",
        "category",
        "tags",
        "enabled",
        "supersedes",
        "paths",
    ]
)
"""The fields of a rule that do not decide what it matches; whatever a subclass adds does."""
_DERIVED: Final = frozenset(
    [
        "__dict__",
        "__weakref__",
        "__doc__",
        "__module__",
        "__annotations__",
        "__abstractmethods__",
        "_abc_impl",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__match_args__",
        "__firstlineno__",
        "__static_attributes__",
        "__parameters__",
        "__orig_bases__",
        "__protocol_attrs__",
        "__non_callable_proto_members__",
        "_is_protocol",
    ]
)
"""Attributes of a class that follow from others, or say nothing about what it does."""
_PLAIN: Final = (str, bytes, int, float, bool, complex, type(None), type(...), type(NotImplemented))
_STATELESS: Final = frozenset(("_thread.lock", "_thread.RLock", "_thread._local", "logging.Logger"))
_DESCRIPTORS: Final = (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
_CONTAINERS: Final[tuple[Any, ...]] = (tuple, list, dict, set, frozenset, str, bytes, int, float)


class UndigestibleCode(Exception):
    """Raised where something has no digest that would be the same in another process."""


class CodeDigester:
    """Digests of Python objects; one of these is used for the rules of one plugin.

    Args:
        sources: Digests of the source files.
    """

    def __init__(self, sources: SourceDigests) -> None:
        self._sources = sources
        self._known: _Digests = {}
        self._in_cycles: _Digests = {}
        self._open: dict[int, int] = {}
        self._has_cycle = False
        self._count = 0

    def digest(self, thing: object) -> bytes:
        """Return a digest of 32 bytes; what else was digested before makes no difference.

        Raises:
            UndigestibleCode: If it has none.
        """
        self._in_cycles.clear()
        self._open.clear()
        self._count = 0
        return self._digest(thing)

    def _digest(self, thing: object) -> bytes:
        kind = type(thing)
        if kind in _PLAIN:
            return _hash(kind.__name__.encode(), _plain_bytes(thing))
        known = self._known.get(id(thing))
        if known is not None:
            return known[1]
        depth = self._open.get(id(thing))
        if depth is not None:  # a cycle, such as two functions that call each other
            self._has_cycle = True
            return _hash(b"cycle", str(len(self._open) - depth).encode())
        known = self._in_cycles.get(id(thing))
        if known is not None:
            self._has_cycle = True
            return known[1]
        return self._composite_digest(thing)

    def _composite_digest(self, thing: object) -> bytes:
        self._count += 1
        if self._count > _MOST_OBJECTS:
            raise UndigestibleCode
        outer, self._has_cycle = self._has_cycle, False
        self._open[id(thing)] = len(self._open)
        found = self._composite(thing)
        del self._open[id(thing)]
        # What leads to a cycle is digested in the order in which it is come upon, so it is known for this time only.
        (self._in_cycles if self._has_cycle else self._known)[id(thing)] = thing, found
        self._has_cycle |= outer
        return found

    def _composite(self, thing: Any) -> bytes:
        for kinds, method in _METHODS:
            if isinstance(thing, kinds):
                return method(self, thing)
        return self._object(thing)

    def _all(self, tag: str, things: Iterable[object]) -> bytes:
        return _hash(tag.encode(), *map(self._digest, things))

    def _named(self, tag: str, members: Mapping[str, object], left_out: Iterable[str] = ()) -> bytes:
        names = sorted(set(members).difference(left_out))
        return self._all(tag, chain.from_iterable((name, members[name]) for name in names))

    def _sequence(self, thing: tuple[object, ...] | list[object]) -> bytes:
        return self._all("sequence", thing) if type(thing) in (tuple, list) else self._object(thing)

    def _set(self, thing: set[object] | frozenset[object]) -> bytes:
        return (
            _hash(b"set", *sorted(map(self._digest, thing))) if type(thing) in (set, frozenset) else self._object(thing)
        )

    def _mapping(self, thing: Mapping[object, object]) -> bytes:
        if type(thing) not in (dict, types.MappingProxyType):
            return self._object(thing)
        return self._all("mapping", chain.from_iterable(thing.items()))

    def _code(self, code: types.CodeType) -> bytes:
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
        return self._all("code", (code.co_code, code.co_consts, code.co_names, code.co_exceptiontable, *counts))

    def _function(self, function: types.FunctionType) -> bytes:
        if is_known_by_name(function.__module__):
            return _by_name(function.__module__, function.__qualname__)
        names = frozenset(_names(function.__code__))
        used = {name: function.__globals__[name] for name in names if name in function.__globals__}
        return self._all(
            "function",
            (
                function.__module__,
                function.__qualname__,
                function.__code__,
                function.__defaults__,
                function.__kwdefaults__,
                tuple(map(_cell_content, function.__closure__ or ())),
                self._named("attributes", vars(function)),
                self._named("globals", used),
                self._sources.of_module(function.__module__, names),
            ),
        )

    def _method(self, method: types.MethodType) -> bytes:
        return self._all("method", (method.__self__, method.__func__))

    def _builtin(self, function: types.BuiltinFunctionType) -> bytes:
        owner: object = function.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return self._all("builtin", (function.__module__, function.__qualname__))
        return self._all("builtin", (owner, function.__qualname__))

    def _partial(self, thing: functools.partial[object]) -> bytes:
        return self._all("partial", (type(thing), thing.func, thing.args, dict(thing.keywords)))

    def _lazy_pattern(self, pattern: LazyRegexp) -> bytes:
        return self._pattern(pattern.compiled())

    def _pattern(self, pattern: re.Pattern[Any]) -> bytes:
        return self._all("pattern", (pattern.pattern, pattern.flags))

    def _descriptor(self, thing: Any) -> bytes:
        return _hash(b"descriptor", thing.__qualname__.encode())

    def _property(self, thing: property) -> bytes:
        return self._all("property", (thing.fget, thing.fset, thing.fdel))

    def _wrapper(self, thing: Any) -> bytes:
        return self._all(type(thing).__name__, (thing.__wrapped__,))

    def _cached_property(self, thing: functools.cached_property[object]) -> bytes:
        return self._all("cached property", (thing.func,))

    def _module(self, module: types.ModuleType) -> bytes:
        if is_known_by_name(module.__name__):
            return _by_name(module.__name__, "")
        return self._all("module", (module.__name__, self._sources.of_module(module.__name__, ())))

    def _class(self, thing: type) -> bytes:
        if is_known_by_name(thing.__module__):
            return _by_name(thing.__module__, thing.__qualname__)
        attributes = self._named("attributes", vars(thing), _DERIVED)
        source = self._sources.of_module(thing.__module__, ())
        return self._all("class", (thing.__module__, thing.__qualname__, thing.__bases__, attributes, source))

    def _rule(self, rule: RuleInfo) -> bytes:
        kind = type(rule).__name__ if type(rule) in (Rule, RuleInfo) else type(rule)
        return self._all("rule", (kind, self._named("fields", _state(rule), _UNDECIDING)))

    def _member(self, thing: Enum) -> bytes:
        return self._all("member", (type(thing).__qualname__, thing.name, thing.value))

    def _object(self, thing: Any) -> bytes:
        kind = type(thing)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name in _STATELESS:
            return _hash(b"stateless", name.encode())
        if name == "re2._Regexp":
            options = thing.options
            named = {option: str(getattr(options, option)) for option in options.NAMES}
            return self._all("pattern", (name, thing.pattern, self._named("options", named)))
        if is_known_by_name(kind.__module__) and not kind.__module__.startswith(_OWN_PACKAGE):
            return self._reduced(thing)
        try:
            object.__reduce_ex__(thing, 2)  # refuses what has a state that Python code cannot see
        except TypeError:
            return self._reduced(thing)
        content = next((base(thing) for base in _CONTAINERS if isinstance(thing, base)), None)
        return self._all("object", (kind, content, self._named("state", _state(thing))))

    def _reduced(self, thing: Any) -> bytes:
        try:
            reduced = thing.__reduce_ex__(2)
        except TypeError:
            raise UndigestibleCode from None
        if isinstance(reduced, str):
            return self._all("global", (type(thing), reduced))
        function, arguments, *more = reduced
        state, items, pairs = (*more, None, None, None)[:3]
        return self._all("reduced", (function, arguments, state, list(items or ()), list(pairs or ())))


_METHODS: Final[tuple[tuple[Any, Callable[[CodeDigester, Any], bytes]], ...]] = (
    (Enum, CodeDigester._member),
    ((tuple, list), CodeDigester._sequence),
    ((set, frozenset), CodeDigester._set),
    ((dict, types.MappingProxyType), CodeDigester._mapping),
    (types.CodeType, CodeDigester._code),
    (types.FunctionType, CodeDigester._function),
    (types.MethodType, CodeDigester._method),
    ((types.BuiltinFunctionType, types.MethodWrapperType), CodeDigester._builtin),
    (functools.partial, CodeDigester._partial),
    (re.Pattern, CodeDigester._pattern),
    (LazyRegexp, CodeDigester._lazy_pattern),
    (_DESCRIPTORS, CodeDigester._descriptor),
    (property, CodeDigester._property),
    ((staticmethod, classmethod, functools._lru_cache_wrapper), CodeDigester._wrapper),
    (functools.cached_property, CodeDigester._cached_property),
    (types.ModuleType, CodeDigester._module),
    (type, CodeDigester._class),
    (RuleInfo, CodeDigester._rule),
)


def is_known_by_name(module: str | None) -> bool:
    """Whether a module is a part of Python or of BECA's core, whose versions say what it does."""
    top = (module or "").partition(".")[0]
    return top in sys.stdlib_module_names or top in ("builtins", _OWN_PACKAGE)


def _by_name(module: str, name: str) -> bytes:
    version = sys.modules[_OWN_PACKAGE].__version__ if module.startswith(_OWN_PACKAGE) else ""
    return _hash(b"name", module.encode(), name.encode(), version.encode())


def _hash(*parts: bytes) -> bytes:
    found = sha256()
    for part in parts:
        found.update(b"%d:" % len(part))
        found.update(part)
    return found.digest()


def _plain_bytes(thing: object) -> bytes:
    if isinstance(thing, bytes):
        return thing
    return thing.encode("utf-8", "surrogatepass") if isinstance(thing, str) else repr(thing).encode()


def _names(code: types.CodeType) -> Iterator[str]:
    """Yield the global names that a function and those within it use; names of attributes are among them."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _cell_content(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return ...


def _state(thing: object) -> dict[str, object]:
    """Return the attributes of an object, without those that are cached."""
    found = dict(getattr(thing, "__dict__", {}))
    for kind in type(thing).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            mangled = f"_{kind.__name__.lstrip('_')}{name}" if name[:2] == "__" != name[-2:] else name
            if mangled not in ("__dict__", "__weakref__") and hasattr(thing, mangled):
                found[mangled] = getattr(thing, mangled)
    attributes = (item for kind in type(thing).__mro__ for item in vars(kind).items())
    cached = {name for name, value in attributes if isinstance(value, functools.cached_property)}
    return {name: value for name, value in found.items() if name not in cached}
