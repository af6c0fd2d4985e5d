/** The named JSON Schemas of the admin API: what its answers look like. */

const string = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const
const time = { type: 'string', format: 'date-time' } as const
const anyObject = { type: 'object', additionalProperties: true } as const

/** An object whose properties are all there, apart from those named last. */
function object(
  properties: Readonly<Record<string, object>>,
  description: string,
  optional: readonly string[] = [],
) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', description, required, additionalProperties: false, properties }
}

const list = (items: object) => ({ type: 'array', items })
export const ref = (name: string) => ({ $ref: `${name}#` })

const withDescription = (schema: object, description: string) => ({ ...schema, description })

const exercised = {
  count: withDescription(count, 'How often.'),
  sessions: {
    type: 'object',
    additionalProperties: count,
    description: 'By which sessions and how often; the first twenty are named.',
  },
}

const clock = {
  now: withDescription(time, "The session's time."),
  frozen: { type: 'boolean', description: 'Whether it stands still.' },
}

const sessionHead = {
  id: string,
  scenario: {
    type: ['string', 'null'],
    description: "Played for requests that name none; null for the server's.",
  },
  clock: ref('Clock'),
  usedAt: withDescription(time, 'Real time of its last use.'),
  requests: withDescription(count, 'How many are in the journal.'),
}

export const NAMED: Readonly<Record<string, object>> = {
  Problem: {
    type: 'object',
    description: 'An error of the sandbox itself (RFC 9457).',
    required: ['type', 'title', 'status', 'detail', 'code'],
    additionalProperties: true,
    properties: {
      type: string,
      title: string,
      status: count,
      detail: withDescription(string, 'What was wrong, with the value, and what to do.'),
      code: withDescription(string, 'Stable; docs/errors.md lists all.'),
      nearest: withDescription(list(string), 'Valid values close to the one refused.'),
      faults: withDescription(list(anyObject), 'Each fault of the request.'),
    },
  },
  Clock: object(clock, 'How late it is in a session.'),
  SessionSummary: object(
    { ...sessionHead, subjects: withDescription(count, 'How many have a state.') },
    'A session.',
  ),
  Session: object(
    {
      ...sessionHead,
      subjects: list(ref('Subject')),
      messages: withDescription(count, 'How many are in the journal.'),
    },
    'A session with what its subjects did.',
  ),
  Subject: object(
    {
      api: string,
      subject: withDescription(string, 'Whose state it is; hidden where it is a credential.'),
      state: withDescription(anyObject, 'What the scenario files remember of it.'),
      calls: {
        type: 'object',
        additionalProperties: { type: 'object', additionalProperties: count },
        description: 'How often each operation was called, by scenario.',
      },
    },
    'Someone, or something, whose state a session remembers.',
  ),
  Tried: object(
    {
      at: withDescription(string, 'Its place, as file:line.'),
      when: { type: ['string', 'null'], description: 'Its guard; null where it has none.' },
      value: { type: 'boolean', description: 'Whether it was played.' },
      note: withDescription(string, 'What else decided: the number of the call, times used up.'),
    },
    'An entry of a scenario that was looked at.',
    ['note'],
  ),
  NearMiss: object(
    { api: string, operationId: string, method: string, path: string, reason: string },
    'An operation that a request without one nearly meant.',
  ),
  Message: {
    type: 'object',
    description: 'A text message or push notification that would have been sent.',
    required: ['channel'],
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    properties: { channel: string, code: string, challenge: string },
  },
  SentMessage: {
    type: 'object',
    description: 'A message with the request that made it.',
    required: ['id', 'at', 'api', 'operationId', 'channel'],
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    properties: {
      id: withDescription(count, 'The entry in the journal.'),
      at: withDescription(time, "The session's clock."),
      api: string,
      operationId: string,
      channel: string,
      code: string,
      challenge: string,
    },
  },
  JournalEntry: object(
    {
      id: withDescription(count, 'Counts up over all sessions.'),
      session: string,
      at: withDescription(time, "The session's clock."),
      receivedAt: withDescription(time, 'Real time.'),
      duration: { type: 'number', minimum: 0, description: 'In ms, without scripted delays.' },
      request: object(
        { method: string, url: string, headers: anyObject, body: {} },
        'What came in.',
        ['body'],
      ),
      response: object(
        {
          status: withDescription(count, '0 where the connection was broken.'),
          headers: anyObject,
          body: {},
          fault: withDescription(string, 'How the connection was broken.'),
        },
        'What went out.',
        ['body', 'fault'],
      ),
      step: {
        enum: ['arrived', 'received', 'matched', 'authenticated', 'valid'],
        description: 'How far it came.',
      },
      unmatched: { type: 'boolean', description: 'No operation has its path and method.' },
      api: string,
      operationId: string,
      scenario: string,
      rule: withDescription(string, 'What answered, as X-Sandbox-Rule says it.'),
      why: withDescription(
        list(ref('Tried')),
        'The entries that were looked at, in order; the last one with value true answered.',
      ),
      reasons: withDescription(list(string), 'In words, why it was refused.'),
      messages: withDescription(list(ref('Message')), 'Without their codes.'),
      nearMisses: list(ref('NearMiss')),
    },
    'A request, its answer, and why.',
    ['api', 'operationId'],
  ),
  Figure: object(
    { covered: count, total: count, percent: { type: 'number', minimum: 0, maximum: 100 } },
    'How much was exercised; rounded down.',
  ),
  CodeCoverage: object({ code: string, ...exercised }, 'A named error of a status.'),
  StatusCoverage: object(
    { status: string, ...exercised, codes: list(ref('CodeCoverage')) },
    'A status of an operation.',
  ),
  OperationCoverage: object(
    {
      operationId: string,
      method: string,
      path: string,
      ...exercised,
      statuses: list(ref('StatusCoverage')),
    },
    'An operation.',
  ),
  EntryCoverage: object(
    { at: string, scenario: string, when: { type: ['string', 'null'] }, ...exercised },
    'An entry of a scenario file.',
  ),
  ApiCoverage: object(
    {
      api: string,
      contract: ref('Figure'),
      scenarios: ref('Figure'),
      operations: list(ref('OperationCoverage')),
      entries: list(ref('EntryCoverage')),
    },
    'What of one API was exercised.',
  ),
  Coverage: object(
    {
      contract: ref('Figure'),
      scenarios: ref('Figure'),
      operations: ref('Figure'),
      apis: list(ref('ApiCoverage')),
    },
    'What was exercised: contract and scenarios apart.',
  ),
  Match: {
    type: 'object',
    description: 'Exactly one of them: what a request must carry.',
    properties: {
      token: withDescription(string, 'A bearer token; hidden.'),
      apiKey: withDescription(string, 'An api-key; hidden.'),
      path: { type: 'object', additionalProperties: string },
      body: {
        type: 'object',
        additionalProperties: { type: ['string', 'number', 'boolean'] },
      },
    },
    additionalProperties: false,
  },
  Binding: object(
    { name: string, match: ref('Match'), session: string, scenario: string },
    'Requests that carry something belong to a session, or play a scenario.',
    ['session', 'scenario'],
  ),
  Spec: object(
    {
      api: string,
      title: string,
      version: string,
      file: string,
      basePaths: list(string),
      operations: list(string),
    },
    'A contract that is served.',
  ),
  PlayedEntry: object(
    { at: string, when: { type: ['string', 'null'] } },
    'An entry of a scenario file.',
  ),
  PlayedOperation: object(
    { operationId: string, entries: list(ref('PlayedEntry')) },
    'What a scenario says of an operation itself.',
  ),
  ScenarioOfApi: object(
    {
      api: string,
      summary: string,
      extends: { type: ['string', 'null'] },
      source: withDescription(string, 'Its file.'),
      operations: list(ref('PlayedOperation')),
      actions: withDescription(list(string), 'What a user can do outside the API.'),
    },
    'A scenario, as one API plays it.',
  ),
  Scenario: object({ name: string, apis: list(ref('ScenarioOfApi')) }, 'What can be played.'),
  Snapshot: {
    type: 'object',
    description: "A session's whole state; its form is the sandbox's own.",
    required: ['format', 'apis', 'session', 'subjects', 'owners', 'kept'],
    additionalProperties: false,
    properties: {
      format: { const: 1 },
      apis: {
        type: 'object',
        additionalProperties: string,
        description: 'The version of each contract.',
      },
      session: object(
        { now: time, frozen: { type: 'boolean' }, scenario: { type: ['string', 'null'] } },
        'Its clock and scenario.',
      ),
      subjects: list(
        object({ api: string, subject: string, record: ref('SubjectRecord') }, 'A subject.'),
      ),
      owners: list(object({ api: string, id: string, subject: string }, 'Whose an id is.')),
      kept: list(
        object(
          { reference: string, until: { type: 'integer' }, value: ref('KeptAnswer') },
          'An answer kept for its idempotency reference.',
        ),
      ),
    },
  },
  SubjectRecord: object(
    {
      state: anyObject,
      calls: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          additionalProperties: { type: 'integer', minimum: 1 },
        },
      },
      used: { type: 'object', additionalProperties: { type: 'integer', minimum: 1 } },
      given: list(string),
    },
    'What is remembered of a subject.',
  ),
  KeptAnswer: object(
    {
      status: { type: 'integer', minimum: 200, maximum: 599 },
      headers: {
        type: 'object',
        propertyNames: { pattern: "^[a-z0-9!#$%&'*+.^_`|~-]+$" },
        additionalProperties: { type: 'string', pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' },
      },
      body: string,
      rule: { type: 'string', pattern: '^[\\x20-\\x7e\\x80-\\xff]*$' },
      scenario: string,
    },
    'An answer.',
    ['body'],
  ),
}
