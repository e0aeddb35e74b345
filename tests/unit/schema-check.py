#!/usr/bin/env python3
"""schema-check.py - libocispec/ocispec.def and src/spec/honoured.def against the schemas.

The schemas of the runtime-spec are read from ../shared/runtime-spec beside the project; without
them this is skipped (exit status 77). What is compared:

  * every property of the schemas has a row in ocispec.def, of the same type, required
    or not, with the same choices and the same range; and the other way round
  * every property of config.json has a row in honoured.def: a decision what becomes of it; no row
    is about a property that does not exist; who carries it out exists

A property is named by a pointer without indices ("/mounts/source"), with "*" for the names in a map of
objects. Where the two differ on purpose, DIFFERENCES says why; an entry there that has become
needless fails too.
"""
import json
import os
import re
import sys

TOP = os.environ.get("HULL_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMAS = os.path.join(TOP, "..", "shared", "runtime-spec")

DOCUMENTS = {
    "config": ("config-schema.json", "oci_config"),
    "state": ("state-schema.json", "oci_state"),
    "features": ("features-schema.json", "oci_features"),
}

# Platforms that hull is not for: one FOREIGN row each, nothing in ocispec.def.
FOREIGN_PLATFORMS = {"/windows", "/solaris", "/zos", "/freebsd"}

MODE_TEXT = "config-linux.md has it REQUIRED"

# (document, pointer, aspect): why the table is not as the schema.
DIFFERENCES = {
    ("config", "/linux/devices/fileMode", "range"):
        "engines hand down the file type's bits beside the permissions; plan/devices strips them",
    ("config", "/linux/rootfsPropagation", "choices"):
        "the recursive forms, which engines write and every runtime takes",
    ("config", "/linux/memoryPolicy/mode", "required"): MODE_TEXT,
    ("config", "/linux/personality/domain", "required"): MODE_TEXT,
    ("config", "/vm/image/format", "required"):
        "config-vm.md gives it a default, raw",
    ("config", "/hooks/prestart/timeout", "range"): "seconds that poll() can count, not more",
    ("config", "/hooks/createRuntime/timeout", "range"): "the same",
    ("config", "/hooks/createContainer/timeout", "range"): "the same",
    ("config", "/hooks/startContainer/timeout", "range"): "the same",
    ("config", "/hooks/poststart/timeout", "range"): "the same",
    ("config", "/hooks/poststop/timeout", "range"): "the same",
    ("state", "/pid", "range"): "a pid_t",
    ("state", "/status", "choices"): "runtime.md allows more: paused, as the peers have it",
    ("features", "/linux/namespaces", "choices"):
        "hull writes this document: what it writes is what it knows",
    ("features", "/linux/seccomp/operators", "choices"): "the same",
    ("features", "/linux/memoryPolicy", "extra"): "features-linux.md has it, the schema lags",
    ("features", "/linux/memoryPolicy/modes", "extra"): "features-linux.md has it, the schema lags",
    ("features", "/linux/memoryPolicy/flags", "extra"): "features-linux.md has it, the schema lags",
    ("features", "/linux/intelRdt/schemata", "extra"): "features-linux.md has it, the schema lags",
    ("features", "/linux/intelRdt/monitoring", "extra"): "features-linux.md has it, the schema lags",
}

# What the schemas say and tables can't. "RULE pointer" claims a row of spec/rules.def.
PATTERNS = {
    "^RLIMIT_[A-Z]+$": "RULE /process/rlimits/*/type",
    "^[0-9, -]*$": "RULE /process/execCPUAffinity/*",
    "^[cbup]$": "choices in the table",
    "^[1-9][0-9]*[KMG]B$": "RULE /linux/resources/hugepageLimits/*/pageSize",
    "^MB:[^\\n]*$": "RULE /linux/intelRdt/memBwSchema",
    "^CAP_[A-Z_]+$": "features: written by us",
}
MIN_ITEMS = {"/linux/seccomp/syscalls/names": "RULE /linux/seccomp/syscalls/*/names"}


class Prop:
    """One property, from either side."""

    def __init__(self, kind, required, choices=None, low=None, high=None, own=False):
        self.kind, self.required, self.own = kind, required, own
        self.choices, self.low, self.high = choices, low, high


# ---------------------------------------------------------------- the schemas

class Schemas:
    def __init__(self, folder):
        self.folder, self.files, self.notes = folder, {}, []

    def load(self, name):
        if name not in self.files:
            with open(os.path.join(self.folder, name), encoding="utf-8") as f:
                self.files[name] = json.load(f)
        return self.files[name]

    def resolve(self, node, name):
        """Follows $ref and merges allOf and a lone anyOf: (a node without them, its file)."""
        while "$ref" in node:
            target, _, fragment = node["$ref"].partition("#")
            name = target or name
            node = self.load(name)
            for part in fragment.strip("/").split("/"):
                node = node[part]
        parts = node.get("allOf") or node.get("anyOf")
        if parts:
            if "anyOf" in node and len(parts) != 1:
                raise SystemExit("anyOf of several: teach schema-check.py")
            merged = {"type": "object", "properties": {}, "required": []}
            for part in parts:
                part, where = self.resolve(part, name)
                for key, value in part.get("properties", {}).items():
                    merged["properties"][key] = {"_at": where, "_node": value}
                merged["required"] += part.get("required", [])
            return merged, name
        return node, name

    def flatten(self, node, name, pointer, out):
        """Adds all properties below an object to out."""
        node, name = self.resolve(node, name)
        for key, child in node.get("properties", {}).items():
            where = name
            if "_node" in child:
                where, child = child["_at"], child["_node"]
            at = pointer + "/" + key
            if at in FOREIGN_PLATFORMS:
                out[at] = Prop("foreign", False)
            else:
                self.prop(child, where, at, key in node.get("required", []), out)

    def prop(self, node, name, at, required, out):
        node, name = self.resolve(node, name)
        kind = node.get("type")
        if kind == "array":
            items = node["items"]
            item, where = self.resolve(items[0] if isinstance(items, list) else items, name)
            if "minItems" in node and at not in MIN_ITEMS:
                self.notes.append("minItems of %s: who checks it?" % at)
            out[at] = Prop("array of " + item.get("type", "object"), required)
            self.limits(out[at], item, at)
            if "properties" in item:
                self.flatten(item, where, at, out)
        elif kind == "object" and "patternProperties" in node:
            out[at] = Prop("map of string", required)
        elif kind == "object" and "additionalProperties" in node:
            out[at] = Prop("map of object", required)
            self.flatten(node["additionalProperties"], name, at + "/*", out)
        elif kind == "object":
            out[at] = Prop("object", required)
            self.flatten(node, name, at, out)
        else:
            out[at] = Prop(kind, required)
            self.limits(out[at], node, at)

    def limits(self, prop, node, at):
        prop.choices = node.get("enum")
        prop.low, prop.high = node.get("minimum"), node.get("maximum")
        if node.get("pattern") == "^[cbup]$":
            prop.choices = ["c", "b", "u", "p"]
        if "pattern" in node and node["pattern"] not in PATTERNS:
            self.notes.append("pattern of %s: who checks %s?" % (at, node["pattern"]))


# ---------------------------------------------------------------- the .def files

NUMBERS = {"UINT64_MAX": 2**64 - 1, "UINT32_MAX": 2**32 - 1, "UINT16_MAX": 2**16 - 1,
           "INT64_MAX": 2**63 - 1, "INT64_MIN": -2**63, "INT32_MAX": 2**31 - 1,
           "INT32_MIN": -2**31}


def no_comments(text):
    """Pointers have "/*" in them, so strings are stepped over."""
    return re.sub(r'("[^"\n]*")|/\*.*?\*/', lambda m: m.group(1) or " ", text, flags=re.S)


class Tables:
    """ocispec.def: name of an object -> its rows."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            text = no_comments(f.read())
        self.macros = dict(re.findall(r'^#define (\w+) (".*")$', text, re.M))
        self.objects, rows = {}, None
        for line in text.splitlines():
            m = re.match(r"([A-Z]+)\((.*)\)$", line)
            if not m:
                if line.strip() and not line.startswith("#define"):
                    raise SystemExit("ocispec.def: what is this: " + line)
                continue
            args = re.findall(r'"[^"]*"|[^,\s][^,]*', m.group(2))
            if m.group(1) == "OBJECT":
                rows = self.objects.setdefault(args[0], [])
            elif m.group(1) != "END":
                rows.append((m.group(1), [a.strip() for a in args]))

    def choices(self, word):
        word = self.macros.get(word, word)
        return None if word == "NULL" else word.strip('"').split("|")

    def flatten(self, name, pointer, out):
        for macro, args in self.objects[name]:
            typed = macro in ("INT", "OBJ", "LIST", "INTS", "MAPOBJ")
            kind = {"STR": "string", "BOOL": "boolean", "INT": "integer", "OBJ": "object",
                    "LIST": "array of object", "STRS": "array of string",
                    "INTS": "array of integer", "MAP": "map of string",
                    "MAPOBJ": "map of object"}[macro]
            ctype, args = (args[0], args[1:]) if typed else (None, args)
            at = pointer + "/" + args[1].strip('"')
            prop = Prop(kind, "REQ" in args[2], own="OWN" in args[2])
            if macro in ("STR", "STRS"):
                prop.choices = self.choices(args[3])
            if macro in ("INT", "INTS"):
                prop.low, prop.high = (NUMBERS[a] if a in NUMBERS else int(a) for a in args[3:5])
            out[at] = prop
            if macro in ("OBJ", "LIST", "MAPOBJ"):
                self.flatten(ctype, at + ("/*" if macro == "MAPOBJ" else ""), out)


def honoured_rows(path):
    with open(path, encoding="utf-8") as f:
        text = no_comments(f.read())
    return re.findall(r'^(HONOURED|REFUSED|FOREIGN)\s*\(\s*"([^"]*)"\s*(?:,\s*(.*?))?\s*\)\s*$',
                      text, re.M)


# ---------------------------------------------------------------- comparisons

def compare(document, schema, table, used):
    """What differs, a sentence each; the deliberate ones go to used instead."""
    found = []

    def differs(at, aspect, text):
        if (document, at, aspect) in DIFFERENCES:
            used.add((document, at, aspect))
        else:
            found.append("%s: %s" % (at, text))

    for at, want in schema.items():
        have = table.get(at)
        if want.kind == "foreign":
            if have:
                found.append("%s: foreign, and yet in ocispec.def" % at)
            continue
        if not have:
            differs(at, "missing", "not in ocispec.def")
            continue
        if want.kind != have.kind:
            differs(at, "kind", "%s in the schema, %s in the table" % (want.kind, have.kind))
        if want.required != have.required:
            differs(at, "required", "required: %s in the schema, %s in the table"
                    % (want.required, have.required))
        if sorted(want.choices or []) != sorted(have.choices or []):
            differs(at, "choices", "choices: %s in the schema, %s in the table"
                    % (want.choices, have.choices))
        if want.kind.endswith("integer"):
            low = -2**63 if want.low is None else want.low
            high = 2**63 - 1 if want.high is None else want.high
            if (low, high) != (have.low, have.high):
                differs(at, "range", "%s to %s in the schema, %s to %s in the table"
                        % (low, high, have.low, have.high))
    for at, have in table.items():
        if at not in schema and not have.own:
            differs(at, "extra", "not in the schema")
        if at in schema and have.own:
            found.append("%s: OWN, and yet in the schema" % at)
    return found


def check_honoured(rows, properties):
    found, seen = [], {}
    for macro, pointer, argument in rows:
        if pointer in seen:
            found.append("%s: two rows" % pointer)
        seen[pointer] = macro
        if pointer not in properties:
            found.append("%s: no such property" % pointer)
        if macro == "REFUSED" and not re.fullmatch(r'"[^"]+"', argument):
            found.append("%s: refused, without a reason" % pointer)
    covering = [p + "/" for p, macro in seen.items() if macro != "HONOURED"]
    for at in properties:
        above = any(at.startswith(p) for p in covering)
        if at not in seen and not above:
            found.append("%s: not decided" % at)
        if at in seen and above:
            found.append("%s: a row below one that is about all below it" % at)
    for at in FOREIGN_PLATFORMS:
        if seen.get(at) != "FOREIGN":
            found.append("%s: not FOREIGN" % at)
    return found


def sources():
    text = []
    for folder, _, names in os.walk(os.path.join(TOP, "src")):
        for name in names:
            if name.endswith(".c"):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    text.append(f.read())
    return "\n".join(text)


def check_who(rows):
    """The functions that honoured.def names are defined somewhere."""
    code = sources()
    return ["%s is no function of src/" % who
            for who in sorted({a for m, _, a in rows if m == "HONOURED"})
            if not re.search(r"^(?:[\w*]+[ \t*]+)+%s\(" % re.escape(who), code, re.M)]


def check_claims():
    """The rules that PATTERNS and MIN_ITEMS count on are there."""
    with open(os.path.join(TOP, "src", "spec", "rules.def"), encoding="utf-8") as f:
        rules = set(re.findall(r'^RULE\("([^"]*)"', f.read(), re.M))
    claimed = [w.split()[1] for w in [*PATTERNS.values(), *MIN_ITEMS.values()]
               if w.startswith("RULE /")]
    return ["no RULE(\"%s\", ...)" % p for p in claimed if p not in rules]


def main():
    results = []
    if not os.path.isdir(SCHEMAS):
        print("1..0 # SKIP no schemas in %s" % os.path.relpath(SCHEMAS, TOP))
        return 77

    schemas = Schemas(SCHEMAS)
    tables = Tables(os.path.join(TOP, "libocispec", "ocispec.def"))
    used, config = set(), {}
    for document, (name, root) in DOCUMENTS.items():
        want, have = {}, {}
        schemas.flatten(schemas.load(name), name, "", want)
        tables.flatten(root, "", have)
        if document == "config":
            config = want
            results.append(("the schemas were found whole", [] if len(want) > 200 else
                            ["only %d properties" % len(want)]))
        results.append(("ocispec.def is the schema of " + document,
                        compare(document, want, have, used)))
    results.append(("each difference on purpose is one",
                    ["%s %s: %s: no difference" % d for d in sorted(set(DIFFERENCES) - used)]))
    results.append(("what tables can't check is checked by someone", schemas.notes + check_claims()))

    rows = honoured_rows(os.path.join(TOP, "src", "spec", "honoured.def"))
    results.append(("honoured.def decides on every property", check_honoured(rows, config)))
    results.append(("those who honour exist", check_who(rows)))

    print("1..%d" % len(results))
    for i, (name, problems) in enumerate(results, 1):
        print("%s %d - %s" % ("not ok" if problems else "ok", i, name))
        for problem in problems:
            print("# " + problem)
    return 1 if any(problems for _, problems in results) else 0


if __name__ == "__main__":
    sys.exit(main())
