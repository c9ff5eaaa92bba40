#!/usr/bin/env python3
"""Re-evaluates explained numbers from their JSON alone: explain.py [FILE]   (one explanation or an array; stdin without FILE)

Knows the arithmetic, not the formulas. Exit code: 0 all equal, 1 any differs, 2 nothing usable to read.
"""
import json
import sys
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext


class Wrong(Exception):
    """The explanation is not something this reader can evaluate."""


def no_constant(word):
    raise Wrong(f"{word} is not a number")


def parse(text):
    """JSON with every number as an exact Decimal."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=no_constant)


def number(value, what):
    if not isinstance(value, Decimal):
        raise Wrong(f"{what} is not a number: {value!r}")
    return value


def field(node, name):
    if not isinstance(node, dict) or name not in node:
        raise Wrong(f"no {name!r} in {str(node)[:120]}")
    return node[name]


def total(node, terms):
    """Sum of a field over the terms; with per "event", each event's own sum is floored at at_least first."""
    name, per = field(node, "field"), node.get("per")
    if per not in (None, "event") or (per is None and "at_least" in node):
        raise Wrong(f"cannot sum per {per!r}")
    sums = {}
    for i, term in enumerate(terms):
        key = field(term, "event_id") if per else None
        sums[key] = sums.get(key, Decimal(0)) + number(field(term, name), f"terms[{i}].{name}")
    if "at_least" in node:
        floor = number(node["at_least"], "at_least")
        sums = {key: max(value, floor) for key, value in sums.items()}
    return sum(sums.values(), Decimal(0))


def evaluate(node, terms):
    op = field(node, "op")
    if op == "nothing":
        return None
    if op == "value":
        return number(field(node, "value"), "value")
    if op == "sum":
        return total(node, terms)
    of = [evaluate(part, terms) for part in field(node, "of")]
    wanted = {"divide": 2, "clamp": 1, "round": 1, "floor": 1}.get(op)
    if not of or (wanted and len(of) != wanted):
        raise Wrong(f"{op} of {len(of)} operands")
    if op == "add":
        return sum(of, Decimal(0))
    if op == "multiply":
        product = Decimal(1)
        for factor in of:
            product *= factor
        return product
    if op == "divide":
        if of[1] == 0:
            raise Wrong("division by zero")
        return of[0] / of[1]
    if op == "max":
        return max(of)
    if op == "min":
        return min(of)
    if op == "clamp":
        return min(number(field(node, "max"), "max"), max(number(field(node, "min"), "min"), of[0]))
    if op == "floor":
        return of[0].to_integral_value(ROUND_FLOOR)
    if op == "round":  # ROUND_HALF_UP of decimal is half away from zero
        return of[0].quantize(Decimal(1).scaleb(-int(number(field(node, "digits"), "digits"))), ROUND_HALF_UP)
    raise Wrong(f"unknown op {op!r}")


def check(explanation):
    """(equal, value claimed, value found or what is wrong)"""
    claimed = explanation.get("value") if isinstance(explanation, dict) else None
    try:
        with localcontext() as context:
            context.prec = 60
            terms = field(explanation, "terms")
            if not isinstance(terms, list):
                raise Wrong("terms is not a list")
            found = evaluate(field(explanation, "arithmetic"), terms)
            return (claimed is None if found is None else number(claimed, "value") == found), claimed, found
    except (Wrong, ArithmeticError, TypeError, ValueError) as error:
        return False, claimed, error


def main(arguments):
    try:
        if arguments:
            with open(arguments[0], encoding="utf-8") as file:
                document = parse(file.read())
        else:
            document = parse(sys.stdin.read())
    except (OSError, ValueError, Wrong) as error:
        print(f"explain: {error}", file=sys.stderr)
        return 2
    # Some routes put their answer into an envelope.
    if isinstance(document, dict) and "terms" not in document and "data" in document:
        document = document["data"]
    explanations = document if isinstance(document, list) else [document]
    if not explanations:
        print("explain: nothing to check", file=sys.stderr)
        return 2
    differ = 0
    for explanation in explanations:
        equal, claimed, found = check(explanation)
        name = explanation.get("formula", "?") if isinstance(explanation, dict) else "?"
        count = len(explanation["terms"]) if equal else 0
        print(f"OK {name} {claimed} from {count} terms" if equal else f"differs {name}: says {claimed}, evaluates to {found}")
        differ += not equal
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
