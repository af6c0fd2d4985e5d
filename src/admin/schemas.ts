/** The named JSON Schemas of the admin API: what its answers look like. */
import { HEADER_VALUE } from '../contract/http-values.ts'

const text = { type: 'string' } as const
const whole = { type: 'integer', minimum: 0 } as const
const time = { type: 'string', format: 'date-time' } as const
const open = { type: 'object', additionalProperties: true } as const

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

const described = (schema: object, description: string) => ({ ...schema, description })

const exercised = {
  count: described(whole, 'How often.'),
  sessions: {
    type: 'object',
    additionalProperties: whole,
    description: 'By which sessions and how often; the first twenty are named.',
  },
}

const clock = {
  now: described(time, "The session's time."),
  frozen: { type: 'boolean', description: 'Whether it stands still.' },
}

const sessionHead = {
  id: text,
  scenario: {
    type: ['string', 'null'],
    description: "Played for requests that name none; null for the server's.",
  },
  clock: ref('Clock'),
  usedAt: described(time, 'Real time of its last use.'),
  requests: described(whole, 'How many are in the journal.'),
}

export const NAMED: Readonly<Record<string, object>> = {
  Problem: {
    type: 'object',
    description: 'An error of the sandbox itself (RFC 9457).',
    required: ['type', 'title', 'status', 'detail', 'code'],
    additionalProperties: true,
    properties: {
      type: text,
      title: text,
      status: whole,
      detail: described(text, 'What was wrong, with the value, and what to do.'),
      code: described(text, 'Stable; docs/errors.md lists all.'),
      nearest: described(list(text), 'Valid values close to the one refused.'),
      faults: described(list(open), 'Each fault of the request.'),
    },
  },
  Clock: object(clock, 'How late it is in a session.'),
  SessionSummary: object(
    { ...sessionHead, subjects: described(whole, 'How many have a state.') },
    'A session.',
  ),
  Session: object(
    {
      ...sessionHead,
      subjects: list(ref('Subject')),
      messages: described(whole, 'How many are in the journal.'),
    },
    'A session with what its subjects did.',
  ),
  Subject: object(
    {
      api: text,
      subject: described(text, 'Whose state it is; hidden where it is a credential.'),
      state: described(open, 'What the scenario files remember of it.'),
      calls: {
        type: 'object',
        additionalProperties: { type: 'object', additionalProperties: whole },
        description: 'How often each operation was called, by scenario.',
      },
    },
    'Someone, or something, whose state a session remembers.',
  ),
  Tried: object(
    {
      at: described(text, 'Its place, as file:line.'),
      when: { type: ['string', 'null'], description: 'Its guard; null where it has none.' },
      value: { type: 'boolean', description: 'Whether it was played.' },
      note: described(text, 'What else decided: the number of the call, times used up.'),
    },
    'An entry of a scenario that was looked at.',
    ['note'],
  ),
  NearMiss: object(
    { api: text, operationId: text, method: text, path: text, reason: text },
    'An operation that a request without one nearly meant.',
  ),
  Message: {
    type: 'object',
    description: 'A text message or push notification that would have been sent.',
    required: ['channel'],
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    properties: { channel: text, code: text, challenge: text },
  },
  SentMessage: {
    type: 'object',
    description: 'A message with the request that made it.',
    required: ['id', 'at', 'api', 'operationId', 'channel'],
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    properties: {
      id: described(whole, 'The entry in the journal.'),
      at: described(time, "The session's clock."),
      api: text,
      operationId: text,
      channel: text,
      code: text,
      challenge: text,
    },
  },
  JournalEntry: object(
    {
      id: described(whole, 'Counts up over all sessions.'),
      session: text,
      at: described(time, "The session's clock."),
      receivedAt: described(time, 'Real time.'),
      duration: { type: 'number', minimum: 0, description: 'In ms, without scripted delays.' },
      request: object({ method: text, url: text, headers: open, body: {} }, 'What came in.', [
        'body',
      ]),
      response: object(
        {
          status: described(whole, '0 where the connection was broken.'),
          headers: open,
          body: {},
          fault: described(text, 'How the connection was broken.'),
        },
        'What went out.',
        ['body', 'fault'],
      ),
      step: {
        enum: ['arrived', 'received', 'matched', 'authenticated', 'valid'],
        description: 'How far it came.',
      },
      unmatched: { type: 'boolean', description: 'No operation has its path and method.' },
      api: text,
      operationId: text,
      scenario: text,
      rule: described(text, 'What answered, as X-Sandbox-Rule says it.'),
      why: described(
        list(ref('Tried')),
        'The entries that were looked at, in order; the last one with value true answered.',
      ),
      reasons: described(list(text), 'In words, why it was refused.'),
      messages: described(list(ref('Message')), 'Without their codes.'),
      nearMisses: list(ref('NearMiss')),
    },
    'A request, its answer, and why.',
    ['api', 'operationId'],
  ),
  Figure: object(
    { covered: whole, total: whole, percent: { type: 'number', minimum: 0, maximum: 100 } },
    'How much was exercised; rounded down.',
  ),
  CodeCoverage: object({ code: text, ...exercised }, 'A named error of a status.'),
  StatusCoverage: object(
    { status: text, ...exercised, codes: list(ref('CodeCoverage')) },
    'A status of an operation.',
  ),
  OperationCoverage: object(
    {
      operationId: text,
      method: text,
      path: text,
      ...exercised,
      statuses: list(ref('StatusCoverage')),
    },
    'An operation.',
  ),
  EntryCoverage: object(
    { at: text, scenario: text, when: { type: ['string', 'null'] }, ...exercised },
    'An entry of a scenario file.',
  ),
  ApiCoverage: object(
    {
      api: text,
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
      token: described(text, 'A bearer token; hidden.'),
      apiKey: described(text, 'An api-key; hidden.'),
      path: { type: 'object', additionalProperties: text },
      body: {
        type: 'object',
        additionalProperties: { type: ['string', 'number', 'boolean'] },
      },
    },
    additionalProperties: false,
  },
  Binding: object(
    { name: text, match: ref('Match'), session: text, scenario: text },
    'Requests that carry something belong to a session, or play a scenario.',
    ['session', 'scenario'],
  ),
  Spec: object(
    {
      api: text,
      title: text,
      version: text,
      file: text,
      basePaths: list(text),
      operations: list(text),
    },
    'A contract that is served.',
  ),
  PlayedEntry: object(
    { at: text, when: { type: ['string', 'null'] } },
    'An entry of a scenario file.',
  ),
  PlayedOperation: object(
    { operationId: text, entries: list(ref('PlayedEntry')) },
    'What a scenario says of an operation itself.',
  ),
  ScenarioOfApi: object(
    {
      api: text,
      summary: text,
      extends: { type: ['string', 'null'] },
      source: described(text, 'Its file.'),
      operations: list(ref('PlayedOperation')),
      actions: described(list(text), 'What a user can do outside the API.'),
    },
    'A scenario, as one API plays it.',
  ),
  Scenario: object({ name: text, apis: list(ref('ScenarioOfApi')) }, 'What can be played.'),
  Snapshot: {
    type: 'object',
    description: "A session's whole state; its form is the sandbox's own.",
    required: ['format', 'apis', 'session', 'subjects', 'owners', 'kept'],
    additionalProperties: false,
    properties: {
      format: { const: 1 },
      apis: {
        type: 'object',
        additionalProperties: text,
        description: 'The version of each contract.',
      },
      session: object(
        { now: time, frozen: { type: 'boolean' }, scenario: { type: ['string', 'null'] } },
        'Its clock and scenario.',
      ),
      subjects: list(
        object({ api: text, subject: text, record: ref('SubjectRecord') }, 'A subject.'),
      ),
      owners: list(object({ api: text, id: text, subject: text }, 'Whose an id is.')),
      kept: list(
        object(
          { reference: text, until: { type: 'integer' }, value: ref('KeptAnswer') },
          'An answer kept for its idempotency reference.',
        ),
      ),
    },
  },
  SubjectRecord: object(
    {
      state: open,
      calls: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          additionalProperties: { type: 'integer', minimum: 1 },
        },
      },
      used: { type: 'object', additionalProperties: { type: 'integer', minimum: 1 } },
      given: list(text),
    },
    'What is remembered of a subject.',
  ),
  KeptAnswer: object(
    {
      status: { type: 'integer', minimum: 200, maximum: 599 },
      headers: {
        type: 'object',
        propertyNames: { pattern: "^[a-z0-9!#$%&'*+.^_`|~-]+$" },
        additionalProperties: { type: 'string', pattern: HEADER_VALUE.source },
      },
      body: text,
      rule: { type: 'string', pattern: '^[\\x20-\\x7e\\x80-\\xff]*$' },
      scenario: text,
    },
    'An answer.',
    ['body'],
  ),
}
