"""The calls of a test: lines of JSON on the standard input. Results and events are lines of JSON on the standard output."""

import json
import sys
import threading

writing = threading.Lock()


def write(**line):
    with writing:
        print(json.dumps(line), flush=True)


def read_calls():
    return map(json.loads, sys.stdin)


def answer(device, call, text=str):
    """Calls a method of a device, and writes its result, or the exception with its text."""
    try:
        write(id=call["id"], value=getattr(device, call["do"])(**call["with"]))
    except Exception as error:
        write(id=call["id"], error=type(error).__name__, cause=type(error.__cause__).__name__, text=text(error))
