# SPDX-License-Identifier: Apache-2.0
"""validate.py SCHEMA FILE: each line of FILE is an object of the schema and holds no
member that the schema does not tell of. Prints how many there were."""
import json
import sys

import jsonschema


def close(schema):
    """The published schemas let later versions add members; here they may not."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    close(schema)
    validator = jsonschema.Draft202012Validator(schema)
    count = bad = 0
    with open(sys.argv[2], encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            count += 1
            for error in validator.iter_errors(json.loads(line)):
                bad += 1
                where = "/".join(str(part) for part in error.absolute_path)
                print(f"line {number}: {where}: {error.message}")
    print(f"{count} objects, {bad} mistakes")
    return 1 if bad or not count else 0


sys.exit(main())
