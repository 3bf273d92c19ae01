import { describe, expect, it } from "vitest";
import { parseJsonDocument } from "./json-document.ts";

describe("a document in JSON", () => {
  it.each([
    '{"a":[1,-0.5e+3,true,false,null,"\\u00e4\\n\\"",{}],"":{"a":{"a":[]}}}',
    ' [ [ ] , { } ,\r\n"\u2028😀" ]\t',
    "0",
    '"x"',
    '{"__proto__":1,"constructor":{"__proto__":2}}',
    `${"[".repeat(1000)}${"]".repeat(1000)}`,
    `"${"x".repeat(1_000_000)}"`,
  ])("is read as JSON.parse reads it: %.40s", (text) => {
    expect(JSON.stringify(parseJsonDocument(text))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it.each([
    ["", "line 1, column 1 must be a value, got the end of the document"],
    ["{\n}\n}", "line 3, column 1 must be the end of the document, got '}'"],
    ['{\r\n  "a": 1,\r\n}', "line 3, column 1 must be a property name in double quotes, got '}'"],
    ["{'a': 1}", "line 1, column 2 must be a property name in double quotes, got '''"],
    ["{a: 1}", "line 1, column 2 must be a property name in double quotes, got 'a'"],
    ['{"a" 1}', "line 1, column 6 must be ':', got '1'"],
    ['{"a": 1 "b": 2}', "line 1, column 9 must be ',' or '}', got '\"'"],
    ["[1\n2]", "line 2, column 1 must be ',' or ']', got '2'"],
    ["[1,]", "line 1, column 4 must be a value, got ']'"],
    ["[1", "line 1, column 3 must be ',' or ']', got the end of the document"],
    ["[\n// none\n]", "line 2, column 1 must be a value, got '/'"],
    ["[NaN]", "line 1, column 2 must be a value, got 'NaN'"],
    ["[True]", "line 1, column 2 must be a value, got 'True'"],
    ["[secretkey]", "line 1, column 2 must be a value, got 's'"],
    ["[01]", "line 1, column 2 must be a value, got '0'"],
    ["[1.]", "line 1, column 2 must be a value, got '1'"],
    ["[-]", "line 1, column 2 must be a value, got '-'"],
    ['["a\nb"]', "line 1, column 2 must be a string that ends in its line, got '\"'"],
    ['["a', "line 1, column 2 must be a string that ends in its line, got '\"'"],
    ['["C:\\dir"]', "line 1, column 5 must be an escape of JSON, such as '\\\\', got '\\'"],
    ['["\\u12"]', "line 1, column 3 must be an escape of JSON, such as '\\\\', got '\\'"],
    ["[“a”]", "line 1, column 2 must be a value, got '“'"],
    ["[😀]", "line 1, column 2 must be a value, got '😀'"],
  ])("has the place of its first error: %j", (text, message) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(() => parseJsonDocument(text)).toThrow(new SyntaxError(message));
  });

  it.each([
    [
      '{"a":1,\n "b":[{}, {"x":1, "x":2}]}',
      "line 2, column 19 must be a property that b[1] doesn't have yet, got 'x', as in line 2",
    ],
    [
      '{"a":{"b":{}},\n"c":0,\n"\\u0061":1}',
      "line 3, column 1 must be a property that the document doesn't have yet, got 'a', as in line 1",
    ],
    [
      '[{"a":{"b":{"k":1,"k":1}}}]',
      "line 1, column 19 must be a property that [0].a.b doesn't have yet, got 'k', as in line 1",
    ],
  ])("has each property once: %j", (text, message) => {
    expect(() => parseJsonDocument(text)).toThrow(new SyntaxError(message));
  });
});
