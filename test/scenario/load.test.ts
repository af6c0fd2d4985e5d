import t from 'tap'
import {
  contractOfPaths,
  faultsOf,
  loadFiles,
  type PlaybookFiles,
  playbookOf,
} from '../fixtures/files.ts'

/** A scenario whose operations begin in line 4; keys of its own stand in the lines before. */
const scenario = (operations: string, more = '') => ({
  folders: { 's.yaml': `scenario: s\nsummary: For a test.\n${more}operations:\n${operations}` },
})

const entries = (kind: string, lines: readonly string[]) =>
  scenario(['  sendCode:', `    ${kind}:`, ...lines.map((line) => `      ${line}`)].join('\n'))

/** Entries of sendCode, from line 6 and column 7 on. */
const rules = (...lines: string[]) => entries('rules', lines)
const calls = (...lines: string[]) => entries('calls', lines)

/** The file that is about the API, beside a scenario that is sound. */
const about = (api: string): PlaybookFiles => ({ api, folders: {} })

interface Row {
  readonly files: PlaybookFiles
  readonly faults: readonly string[]
}

const ROWS: Readonly<Record<string, Row>> = {
  // What is named does not exist.
  'an unknown operation': {
    files: scenario('  sendCod:\n    calls: [default]'),
    faults: ['s.yaml:4:3: bank has no operation "sendCod"; did you mean "sendCode"?'],
  },
  'an operation of another kind altogether': {
    files: scenario('  xylophone:\n    calls: [default]'),
    faults: ['s.yaml:4:3: bank has no operation "xylophone"'],
  },
  'an unknown key of a file': {
    files: scenario('  sendCode:\n    calls: [default]', 'sate: {}\n'),
    faults: ['s.yaml:3:1: unknown key "sate"; did you mean "state"?'],
  },
  'an unknown key of an operation': {
    files: scenario('  sendCode:\n    cals: [default]'),
    faults: ['s.yaml:5:5: unknown key "cals"; did you mean "calls"?'],
  },
  'an unknown key of an entry': {
    files: rules('- { wen: call > 1, respond: 204 }'),
    faults: ['s.yaml:6:11: unknown key "wen"; did you mean "when"?'],
  },
  'an unknown key of an answer': {
    files: rules('- respond: { status: 204, headrs: {} }'),
    faults: ['s.yaml:6:33: unknown key "headrs"; did you mean "headers"?'],
  },
  'a key like no other': {
    files: rules('- respond: { status: 204, xylophone: 1 }'),
    faults: [
      's.yaml:6:33: unknown key "xylophone"; known are status, example, body, headers, empty',
    ],
  },
  'an unknown example': {
    files: calls('- respond: { status: 409, example: TO_EARLY }'),
    faults: ['s.yaml:6:42: sendCode has no example "TO_EARLY" for 409; did you mean "TOO_EARLY"?'],
  },
  'an example like no other': {
    files: calls('- respond: { status: 409, example: XYLOPHONE_SOLO }'),
    faults: [
      's.yaml:6:42: sendCode has no example "XYLOPHONE_SOLO" for 409; it has TOO_EARLY, WRONG_CODE, BROKEN',
    ],
  },
  'an example where there is none': {
    files: calls('- respond: { status: 200, example: TOO_EARLY }'),
    faults: [
      's.yaml:6:42: sendCode has no example "TOO_EARLY" for 200; TOO_EARLY is an example of 409',
    ],
  },
  'a status that is not in the contract': {
    files: calls('- respond: 410'),
    faults: ['s.yaml:6:18: the contract of sendCode has no status 410; it has 200, 204, 409'],
  },
  'a status in an object that is not in the contract': {
    files: calls('- respond: { status: 410, empty: true }'),
    faults: ['s.yaml:6:28: the contract of sendCode has no status 410; it has 200, 204, 409'],
  },
  'an unknown scenario to extend': {
    files: {
      folders: {
        'one.yaml': 'scenario: one\nsummary: x\nextends: tow',
        'two.yaml': 'scenario: two\nsummary: x',
      },
    },
    faults: ['one.yaml:3:10: there is no scenario "tow" of bank; did you mean "two"?'],
  },
  'an unknown key of the state': {
    files: scenario(
      '  sendCode:\n    rules:\n      - { when: state.code.isued > 0, respond: 204 }\n      - respond: 204',
      'state: { code: { issued: 0 } }\n',
    ),
    faults: ['s.yaml:7:17: the state has no key "isued"; did you mean "issued"?'],
  },
  'an unknown path parameter': {
    files: rules('- { when: request.path.idd == "7", respond: 204 }'),
    faults: [`s.yaml:6:17: the contract's path has no "idd"; did you mean "id"?`],
  },
  'a status that the contract does not have, with an example of another': {
    files: rules('- respond: { status: 410, example: TOO_EARLY }'),
    faults: [
      's.yaml:6:28: the contract of sendCode has no status 410; it has 200, 204, 409; TOO_EARLY is an example of 409',
    ],
  },
  'a field of a body that the operation does not take': {
    files: scenario(
      '  getCode:\n    rules:\n      - { when: request.body.code == "1", respond: 200 }',
    ),
    faults: ['s.yaml:6:17: getCode takes no body'],
  },
  'a field that is like none of the body': {
    files: scenario(
      '  verifyCode:\n    rules:\n      - { when: request.body.xylophone == "1", respond: 204 }',
    ),
    faults: [`s.yaml:6:17: the contract's body has no "xylophone"; it has code`],
  },
  'an unknown field of the body': {
    files: scenario(
      '  verifyCode:\n    rules:\n      - { when: token == "" || request.body.coed == "1", respond: 204 }',
    ),
    faults: [`s.yaml:6:32: the contract's body has no "coed"; did you mean "code"?`],
  },
  'an unknown variable': {
    files: rules('- when: call > 1 && tokn == "x"', '  respond: 204'),
    faults: [
      's.yaml:6:27: "call > 1 && tokn == "x"": Unknown variable: tokn; did you mean "token"?',
    ],
  },
  'an unknown variable within a text': {
    files: calls('- respond: { status: 200, body: { id: "a ${tokn}" } }'),
    faults: ['s.yaml:6:50: "tokn": Unknown variable: tokn; did you mean "token"?'],
  },
  'an unknown variable in a header': {
    files: calls("- respond: { status: 204, headers: { a: '${tokn}' } }"),
    faults: ['s.yaml:6:50: "tokn": Unknown variable: tokn; did you mean "token"?'],
  },
  'an unknown variable in a message': {
    files: calls("- send: [{ channel: A }, { channel: '${tokn}' }]", '  respond: 204'),
    faults: ['s.yaml:6:46: "tokn": Unknown variable: tokn; did you mean "token"?'],
  },
  'an unknown variable in the state': {
    files: calls("- set: { a.b: '${tokn}' }", '  respond: 204'),
    faults: ['s.yaml:6:24: "tokn": Unknown variable: tokn; did you mean "token"?'],
  },
  'an unknown function': {
    files: rules('- { when: newIdd() == "", respond: 204 }'),
    faults: [
      `s.yaml:6:17: "newIdd() == """: found no matching overload for 'newIdd()'; did you mean "newId"?`,
    ],
  },
  'an unknown way to break the connection': {
    files: calls('- fault: rest'),
    faults: ['s.yaml:6:16: "fault" cannot be "rest"; did you mean "reset"?'],
  },
  'a misspelt default': {
    files: calls('- respond: defalt'),
    faults: ['s.yaml:6:18: "respond" cannot be "defalt"; did you mean "default"?'],
  },
  // What is answered breaks the contract.
  'a body off the schema': {
    files: calls('- respond: { status: 200, body: { id: 5, extra: 1 } }'),
    faults: [
      's.yaml:6:39: 200 of sendCode: the body must not have a property "extra"',
      's.yaml:6:45: 200 of sendCode: /id must be string',
    ],
  },
  'a body where the contract has none': {
    files: calls('- respond: { status: 204, body: {} }'),
    faults: ['s.yaml:6:39: 204 of sendCode: the contract has no body for 204'],
  },
  'a computed value of the wrong type': {
    files: calls("- respond: { status: 200, body: { id: '${call}' } }"),
    faults: ['s.yaml:6:45: 200 of sendCode: /id must be string'],
  },
  'a field that is missing beside a computed one': {
    files: calls("- respond: { status: 200, body: { tries: '${call}' } }"),
    faults: [`s.yaml:6:39: 200 of sendCode: the body must have required property 'id'`],
  },
  'an example that breaks its own schema': {
    files: calls('- respond: { status: 409, example: BROKEN }'),
    faults: [
      `s.yaml:6:42: the example "BROKEN" of bank.yaml violates its own schema: the body must have required property 'error'`,
    ],
  },
  'a header off its schema': {
    files: calls('- respond: { status: 200, body: { id: a }, headers: { x-left: many } }'),
    faults: ['s.yaml:6:69: header X-Left: must be integer'],
  },
  'a header out of its bounds': {
    files: scenario(
      '  verifyCode:\n    calls:\n      - respond: { status: 429, headers: { Retry-After: 90 } }',
    ),
    faults: ['s.yaml:6:57: header Retry-After: must be <= 60'],
  },
  'a header that is missing': {
    files: scenario('  verifyCode:\n    calls:\n      - respond: 429'),
    faults: ['s.yaml:6:18: 429 of verifyCode needs the header "Retry-After"'],
  },
  'a header that HTTP has no name for': {
    files: calls('- respond: { status: 204, headers: { a b: 1 } }'),
    faults: ['s.yaml:6:44: "a b" is not a valid header name'],
  },
  // Expressions that cannot be right.
  'a mistake of types': {
    files: rules('- { when: token + 1 == "x", respond: 204 }'),
    faults: ['s.yaml:6:17: "token + 1 == "x"": no such overload: string + int'],
  },
  'a condition that is neither true nor false': {
    files: rules('- { when: token, respond: 204 }'),
    faults: ['s.yaml:6:17: "token" is a string; a condition is true or false'],
  },
  'an expression that ends too early': {
    files: rules('- when: call >', '  respond: 204'),
    faults: ['s.yaml:6:21: "call >": Unexpected token: EOF'],
  },
  'an expression that is never closed': {
    files: calls("- respond: { status: 200, body: { id: 'a ${token' } }"),
    faults: ['s.yaml:6:48: "${" is never closed with "}"'],
  },
  'a subject that is no text': {
    files: scenario('  sendCode:\n    subject: call\n    calls: [default]'),
    faults: ['s.yaml:5:14: "call" is a int; a subject is a string'],
  },
  'a name that has a meaning': {
    files: scenario('  sendCode:\n    let: { token: x }\n    calls: [default]'),
    faults: ['s.yaml:5:12: "token" is already defined; choose another name'],
  },
  'a name that is none': {
    files: scenario('  sendCode:\n    let: { a-b: x }\n    calls: [default]'),
    faults: ['s.yaml:5:12: "a-b" is not a valid name: use only letters, digits and _'],
  },
  'a path into the state with a hole': {
    files: calls('- { set: { a..b: 1 }, respond: 204 }'),
    faults: ['s.yaml:6:18: "a..b" is not a path into the state; write it like a.b.c'],
  },
  'a path into the prototype': {
    files: calls('- { set: { a.__proto__: 1 }, respond: 204 }'),
    faults: ['s.yaml:6:18: "a.__proto__" is not a path into the state; write it like a.b.c'],
  },
  // Entries that make no sense together.
  'an entry after one that always answers': {
    files: rules('- respond: 204', '- respond: { status: 409, example: TOO_EARLY }'),
    faults: ['s.yaml:7:9: this rule can never be reached: s.yaml:6 answers first'],
  },
  'an entry after one whose condition is always true': {
    files: rules('- { when: 1 < 2, respond: 204 }', '- { when: call > 1, respond: 204 }'),
    faults: ['s.yaml:7:9: this rule can never be reached: s.yaml:6 answers first'],
  },
  'an entry with the condition of an earlier one': {
    files: rules('- { when: call > 1, respond: 204 }', '- { when: call > 1, respond: 204 }'),
    faults: ['s.yaml:7:9: this rule can never be reached: s.yaml:6 answers first'],
  },
  'an entry whose condition is never true': {
    files: rules('- { when: 1 > 2, respond: 204 }', '- respond: 204'),
    faults: ['s.yaml:6:17: this rule can never be reached: its condition is always false'],
  },
  'an entry whose condition always fails': {
    files: rules('- { when: 1 / 0 > 2, respond: 204 }', '- respond: 204'),
    faults: ['s.yaml:6:17: this rule can never be reached: its condition is always false'],
  },
  'times of the last call': {
    files: calls('- default', '- { times: 2, respond: 204 }'),
    faults: ['s.yaml:7:11: "times" has no effect in the last rule: the last rule repeats'],
  },
  'calls and rules together': {
    files: scenario('  sendCode:\n    calls: [default]\n    rules: [default]'),
    faults: ['s.yaml:5:5: "calls" and "rules" exclude each other'],
  },
  'neither calls nor rules': {
    files: scenario('  sendCode: { subject: token }'),
    faults: ['s.yaml:4:13: "calls" or "rules" is needed'],
  },
  'an entry that answers nothing': {
    files: calls('- delay: 2s'),
    faults: ['s.yaml:6:9: the rule makes no response: add "respond" or "fault"'],
  },
  'a body and an example': {
    files: calls('- respond: { status: 409, example: TOO_EARLY, body: { error: x } }'),
    faults: ['s.yaml:6:18: "body" and "example" exclude each other; keep one of them'],
  },
  'no body and an example': {
    files: calls('- respond: { status: 409, example: TOO_EARLY, empty: true }'),
    faults: ['s.yaml:6:60: "empty" sends no body; remove it, or remove "body" and "example"'],
  },
  // Every operation.
  'an example that no operation has': {
    files: scenario("  '*':\n    calls:\n      - respond: { status: 409, example: TO_EARLY }"),
    faults: [
      's.yaml:6:18: no operation of bank has 409 "TO_EARLY" in its contract; did you mean "TOO_EARLY"?',
    ],
  },
  'a status that no operation has': {
    files: scenario("  '*':\n    rules:\n      - default\n      - respond: 418"),
    faults: ['s.yaml:7:18: no operation of bank has status 418 in its contract'],
  },
  'answers of which no operation has all': {
    files: scenario("  '*':\n    calls:\n      - respond: 200\n      - respond: 429"),
    faults: ['s.yaml:4:3: no operation of bank has all the responses named here'],
  },
  // Several files.
  'a name that two files have': {
    files: {
      folders: {
        'a.yaml': 'scenario: s\nsummary: x',
        'b.yaml': 'scenario: s\nsummary: x',
      },
    },
    faults: ['b.yaml:1:11: duplicate scenario name "s": a.yaml has it, too'],
  },
  'a scenario that extends itself': {
    files: { folders: { 'a.yaml': 'scenario: a\nsummary: x\nextends: a' } },
    faults: ['a.yaml:3:10: "a" extends itself: a > a'],
  },
  'scenarios that extend each other': {
    files: {
      folders: {
        'a.yaml': 'scenario: a\nsummary: x\nextends: b',
        'b.yaml': 'scenario: b\nsummary: x\nextends: c',
        'c.yaml': 'scenario: c\nsummary: x\nextends: a',
      },
    },
    faults: ['c.yaml:3:10: "c" extends itself: a > b > c > a'],
  },
  'a default scenario that extends another': {
    files: {
      folders: {
        'a.yaml': 'scenario: a\nsummary: x',
        'default.yaml': 'scenario: default\nsummary: x\nextends: a',
      },
    },
    faults: ['default.yaml:3:10: the default scenario cannot extend another'],
  },
  'a state that begins in two ways': {
    files: {
      folders: {
        'a.yaml': 'scenario: a\nsummary: x\nstate: { n: 1, same: 0 }',
        'b.yaml': 'scenario: b\nsummary: x\nstate: { same: 0, n: 2 }',
      },
    },
    faults: ['b.yaml:3:19: a.yaml starts "n" with another value; use "given" to change it'],
  },
  // The form.
  'an empty file': {
    files: { folders: { 's.yaml': '' } },
    faults: ['s.yaml:1:1: the file must be object'],
  },
  'a file without a summary': {
    files: { folders: { 's.yaml': 'scenario: s' } },
    faults: ['s.yaml:1:1: the file needs a key "summary"'],
  },
  'a name with capitals': {
    files: { folders: { 's.yaml': 'scenario: My S\nsummary: x' } },
    faults: ['s.yaml:1:11: "scenario" cannot be "My S": use only a-z, digits and -'],
  },
  'an operation that says nothing': {
    files: scenario('  sendCode:'),
    faults: ['s.yaml:4:12: "sendCode" must be object'],
  },
  'an answer without a status': {
    files: calls('- respond: { body: {} }'),
    faults: ['s.yaml:6:18: "respond" needs a key "status"'],
  },
  'a status that is none': {
    files: calls('- respond: 700', '- respond: { status: 99 }'),
    faults: ['s.yaml:6:18: "respond" must be <= 599', 's.yaml:7:28: "status" must be >= 200'],
  },
  'a message without a channel': {
    files: calls('- { send: { code: x }, respond: 204 }'),
    faults: ['s.yaml:6:17: "send" needs a key "channel"'],
  },
  'a delay that is no duration': {
    files: calls('- { delay: 2 seconds, respond: 204 }'),
    faults: ['s.yaml:6:18: "delay" cannot be "2 seconds": write 5s, 500ms or 2m'],
  },
  'a condition that is no text': {
    files: rules('- { when: true, respond: 204 }'),
    faults: ['s.yaml:6:17: "when" must be string'],
  },
  'a misspelt default to extend': {
    files: { folders: { 's.yaml': 'scenario: s\nsummary: x\nextends: defalt' } },
    faults: ['s.yaml:3:10: there is no scenario "defalt" of bank; did you mean "default"?'],
  },
  'a mistake below *': {
    files: scenario("  '*':\n    rules:\n      - { when: tokn == '', respond: default }"),
    faults: [`s.yaml:6:17: "tokn == ''": Unknown variable: tokn; did you mean "token"?`],
  },
  'a name that the operation has given already': {
    files: scenario(
      '  sendCode:\n    let: { a: x }\n    rules:\n      - { let: { a: y }, respond: 204 }',
    ),
    faults: ['s.yaml:7:18: "a" is already defined; choose another name'],
  },
  'a name that the language reserves': {
    files: scenario('  sendCode:\n    let: { if: x }\n    calls: [default]'),
    faults: ['s.yaml:5:12: "if" is already defined; choose another name'],
  },
  'an expression in the state': {
    files: { folders: { 's.yaml': "scenario: s\nsummary: x\nstate: { at: '${now}' }" } },
    faults: ['s.yaml:3:14: expressions cannot be used here'],
  },
  'an expression deep in what is given': {
    files: { folders: { 's.yaml': "scenario: s\nsummary: x\ngiven: { a: [{ b: 'x ${now}' }] }" } },
    faults: ['s.yaml:3:19: expressions cannot be used here'],
  },
  'an entry of a list that is misspelt': {
    files: scenario('  sendCode:\n    calls: [defalt]'),
    faults: ['s.yaml:5:13: the item cannot be "defalt"; did you mean "default"?'],
  },
  'a condition of a call': {
    files: calls('- { when: call > 1, respond: 204 }', '- default'),
    faults: ['s.yaml:6:11: "when" belongs in "rules"; "calls" only counts'],
  },
  'a constant that has a meaning': {
    files: about('constants:\n  now: x'),
    faults: ['api.yaml:2:3: "now" is already defined; choose another name'],
  },
  'a constant that the language reserves': {
    files: about('constants: { otp: x, if: y, list: z }'),
    faults: [
      'api.yaml:1:22: "if" is already defined; choose another name',
      'api.yaml:1:29: "list" is already defined; choose another name',
    ],
  },
  // What is about the API.
  'an unknown key of an API': {
    files: about('summary: x\nsubjct: token'),
    faults: ['api.yaml:2:1: unknown key "subjct"; did you mean "subject"?'],
  },
  'an unknown answer of an API': {
    files: about('answers:\n  invald: 400'),
    faults: ['api.yaml:2:3: unknown key "invald"; did you mean "invalid"?'],
  },
  'an unknown variable in the subject of an API': {
    files: about('subject: tokn'),
    faults: ['api.yaml:1:10: "tokn": Unknown variable: tokn; did you mean "token"?'],
  },
  'a subject of an API that is no text': {
    files: about('subject: call'),
    faults: ['api.yaml:1:10: "call" is a int; a subject is a string'],
  },
  'credentials that are refused by default': {
    files: about('credentials:\n  - { when: token == "x", respond: default }'),
    faults: ['api.yaml:2:36: credentials are refused with a status, not with `default`'],
  },
  'credentials that are refused with an unknown status': {
    files: about('credentials:\n  - { when: token == "x", respond: 401 }'),
    faults: ['api.yaml:2:36: the contract of getCode has no status 401; it has 200'],
  },
  'credentials whose condition is a mistake': {
    files: about('credentials:\n  - { when: tokn == "x", respond: { status: 409, empty: true } }'),
    faults: ['api.yaml:2:13: "tokn == "x"": Unknown variable: tokn; did you mean "token"?'],
  },
  'credentials that are refused off the contract': {
    files: about(
      'credentials:\n  - when: token == "x"\n    respond: { status: 409, body: { nope: 1 } }',
    ),
    faults: [`api.yaml:3:35: 409 of sendCode: the body must have required property 'error'`],
  },
  'an answer of an API that is default': {
    files: about('answers:\n  invalid: default'),
    faults: ['api.yaml:2:12: a refusal has a status, not `default`'],
  },
  'an answer of an API that is an example': {
    files: about('answers:\n  invalid: { status: 400, example: TOO_EARLY }'),
    faults: ['api.yaml:2:36: a refusal of all operations needs a "body" instead of an "example"'],
  },
  'an answer of an API off the contract of an operation': {
    files: about('answers:\n  invalid: { status: 409, body: { nope: 1 } }'),
    faults: [`api.yaml:2:33: 409 of sendCode: the body must have required property 'error'`],
  },
  'a reference that is kept for no time': {
    files: about('idempotency: { header: ref, keep: long }'),
    faults: ['api.yaml:1:35: "keep" cannot be "long": write 5s, 500ms or 2m'],
  },
}

for (const [what, { files, faults }] of Object.entries(ROWS)) {
  t.test(`${what} is told with its place`, async (t) => {
    t.same(faultsOf(files).toSorted(), [...faults].toSorted())
  })
}

t.test('a file with faults gives no playbook', async (t) => {
  t.equal(loadFiles(calls('- respond: 410')).scenarioSet, undefined)
})

t.test('several faults are told at once', async (t) => {
  const files = {
    api: 'subject: tokn',
    folders: {
      'a.yaml': 'scenario: a\nsummary: x\nextends: none',
      'b.yaml': [
        'scenario: b',
        'summary: x',
        'operations:',
        '  sendCod: { calls: [default] }',
        '  sendCode:',
        '    rules:',
        '      - { when: tokn == "", respond: 410 }',
        '      - { respond: { status: 409, example: TO_EARLY } }',
        '  verifyCode: { calls: [{ delay: 1s }] }',
      ].join('\n'),
    },
  }
  const places = faultsOf(files).map((fault) => fault.split(': ')[0])
  t.same(places.toSorted(), [
    'a.yaml:3:10',
    'api.yaml:1:10',
    'b.yaml:4:3',
    'b.yaml:7:17',
    'b.yaml:7:38',
    'b.yaml:8:44',
    'b.yaml:9:25',
  ])
})

t.test('faults of form of several files are told at once', async (t) => {
  const files = {
    api: 'subjct: token',
    folders: { 'a.yaml': 'scenario: a', 'b.yaml': 'summary: b\nextra: 1' },
  }
  t.equal(faultsOf(files).length, 4)
})

// What is sound

const SOUND: Readonly<Record<string, PlaybookFiles>> = {
  'a file of nothing but a name and a summary': {
    folders: { 's.yaml': 'scenario: s\nsummary: x' },
  },
  'entries that hold for some calls only, before one that always answers': rules(
    '- { times: 1, respond: 204 }',
    '- { times: 1, respond: 204 }',
    '- { when: call > 1, times: 1, respond: 204 }',
    '- { when: call > 1, respond: 204 }',
    '- respond: 204',
  ),
  'a broken connection in place of an answer': calls('- fault: reset'),
  'values that are not known yet': calls(
    `- respond: { status: 200, body: { id: '\${token}', tries: '\${call}', sentAt: '\${now}' } }`,
  ),
  'a value of any type where one is needed': scenario(
    `  sendCode:\n    calls:\n      - respond: { status: 200, body: { id: '\${state.any}', tries: '\${state.any}' } }`,
    'state: { any: {} }\n',
  ),
  'a body that is worked out as a whole': scenario(
    `  sendCode:\n    calls:\n      - respond: { status: 200, body: '\${state.any}' }`,
    'state: { any: {} }\n',
  ),
  'a header that the contract does not know': calls(
    '- respond: { status: 204, headers: { x-any: thing } }',
  ),
  'a state that begins alike in two files': {
    folders: {
      'a.yaml': 'scenario: a\nsummary: x\nstate: { n: { m: 1 } }',
      'b.yaml': 'scenario: b\nsummary: x\nstate: { n: { m: 1 } }',
    },
  },
  'a state that begins alike in another order': {
    folders: {
      'a.yaml': 'scenario: a\nsummary: x\nstate: { n: { a: 1, b: 2 } }',
      'b.yaml': 'scenario: b\nsummary: x\nstate: { n: { b: 2, a: 1 } }',
    },
  },
  'conditions that differ in spaces within a text': rules(
    '- { when: token == "a  b", respond: 204 }',
    '- { when: token == "a b", respond: 204 }',
  ),
  'everything that can be said about an API': {
    ...about(`summary: x
subject: owner(request.path["id"])
constants: { otp: '123456', most: 5, words: { a: A } }
credentials:
  - { when: token == otp, respond: { status: 409, example: TOO_EARLY } }
idempotency: { header: Ref, keep: 24h }
answers:
  notFound: { status: 404, body: { why: '\${reason}' } }
  invalid: { status: 409, body: { error: '\${words["a"]}' } }
`),
  },
}

for (const [what, files] of Object.entries(SOUND)) {
  t.test(`${what} is sound`, async (t) => {
    t.same(faultsOf(files), [])
  })
}

t.test('an API without files plays its contract', async (t) => {
  const { scenarios, initial, credentials, refusals: answers, idempotency } = playbookOf({})
  t.same([...scenarios.keys()], ['default'])
  t.match(scenarios.get('default'), { api: 'bank', file: 'bank.yaml', base: undefined })
  t.same(
    { initial, credentials, idempotency },
    { initial: {}, credentials: [], idempotency: undefined },
  )
  t.equal(answers.size, 0)
})

t.test('a scenario extends the default one, whether that has a file or not', async (t) => {
  const { scenarios } = playbookOf({ folders: { 's.yaml': 'scenario: s\nsummary: x' } })
  t.equal(scenarios.get('s')?.base, scenarios.get('default'))
})

t.test('a scenario tells its name, what it plays and its file', async (t) => {
  const { scenarios } = playbookOf(calls('- default'))
  t.match(scenarios.get('s'), { api: 'bank', name: 's', summary: 'For a test.', file: 's.yaml' })
})

t.test('a later folder replaces scenarios of an earlier one', async (t) => {
  const file = (summary: string) => `scenario: s\nsummary: ${summary}`
  const { scenarios } = playbookOf({
    folders: [
      { 'a.yaml': file('old'), 'b.yaml': 'scenario: b\nsummary: stays' },
      { 'mine.yaml': file('new') },
    ],
  })
  t.equal(scenarios.get('s')?.summary, 'new')
  t.equal(scenarios.get('b')?.summary, 'stays')
})

t.test('a replaced scenario says nothing about the state any more', async (t) => {
  const file = (n: number) => `scenario: s\nsummary: x\nstate: { n: ${n} }`
  t.same(playbookOf({ folders: [{ 'a.yaml': file(1) }, { 'a.yaml': file(2) }] }).initial, { n: 2 })
})

t.test('an operation by name goes before *', async (t) => {
  const { scenarios } = playbookOf(
    scenario("  '*':\n    calls: [default]\n  sendCode:\n    rules: [default]"),
  )
  const kinds = [...scenarios.get('s')!.operations].map(([id, { kind }]) => `${id} ${kind}`)
  t.same(kinds.toSorted(), ['getCode calls', 'sendCode rules', 'verifyCode calls'])
})

t.test('* stands for the operations that have all its answers', async (t) => {
  const { scenarios } = playbookOf(
    scenario(
      "  '*':\n    calls:\n      - default\n      - respond: { status: 409, example: TOO_EARLY }",
    ),
  )
  t.same([...scenarios.get('s')!.operations.keys()], ['sendCode', 'verifyCode'])
})

t.test('an entry is known by its file and line', async (t) => {
  const { scenarios } = playbookOf(calls('- default', '- respond: 204'))
  const operationRules = scenarios.get('s')?.operations.get('sendCode')
  t.same(
    operationRules?.rules.map(({ at }) => at),
    ['s.yaml:6', 's.yaml:7'],
  )
})

t.test('the header of idempotency is known in lower case, its time in ms', async (t) => {
  const { idempotency } = playbookOf({ api: 'idempotency: { header: My-Ref, keep: 1h }' })
  t.same(idempotency, { header: 'my-ref', keep: 3_600_000 })
})

t.test('without a word about it the subject is the bearer token', async (t) => {
  const facts = { request: {}, token: 'ann', apiKey: '', now: new Date(0) }
  for (const api of [undefined, 'summary: x']) {
    t.equal(playbookOf({ api }).subject(facts as never), 'ann')
  }
})

t.test('names of the state within names of operations are seen by all files', async (t) => {
  const files = {
    folders: {
      'a.yaml':
        'scenario: a\nsummary: x\noperations:\n  sendCode:\n    calls:\n      - { set: { "sets.${token}": { n: 1 } }, respond: 204 }',
      'b.yaml':
        'scenario: b\nsummary: x\noperations:\n  sendCode:\n    rules:\n      - when: state.sets[token].n > 0\n        respond: 204',
    },
  }
  t.same(faultsOf(files), [])
})

t.test('a contract of other media types is measured, too', async (t) => {
  const content = { 'text/plain': { schema: { type: 'string', maxLength: 3 } } }
  const contract = contractOfPaths({
    '/codes': { post: { operationId: 'sendCode', responses: { 200: { content } } } },
  })
  t.same(faultsOf({ contract, ...calls('- respond: { status: 200, body: long }') }), [
    's.yaml:6:39: 200 of sendCode: the body must NOT have more than 3 characters',
  ])
})

for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
  t.test(`a value that is not known yet may be right below ${keyword}`, async (t) => {
    const schema = {
      type: 'object',
      [keyword]: [{ properties: { kind: { enum: ['A'] } }, required: ['kind'] }],
    }
    const contract = contractOfPaths({
      '/codes': {
        post: {
          operationId: 'sendCode',
          responses: { 200: { content: { 'application/json': { schema } } } },
        },
      },
    })
    const respond = `- respond: { status: 200, body: { kind: '\${token}' } }`
    t.same(faultsOf({ contract, ...calls(respond) }), [])
  })
}
