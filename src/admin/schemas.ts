/** The named JSON Schemas of the admin API's responses. */
import { HEADER_VALUE } from '../contract/http-values.ts'

const string = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const
const time = { type: 'string', format: 'date-time' } as const
const anyObject = { type: 'object', additionalProperties: true } as const

/** Makes the schema of an object whose properties are all required, except the optional ones. */
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
    description: 'How often by each session; only the first twenty sessions are listed.',
  },
}

const clock = {
  now: withDescription(time, "The session's time."),
  frozen: { type: 'boolean', description: 'Whether the clock is stopped.' },
}

const sessionHead = {
  id: string,
  scenario: {
    type: ['string', 'null'],
    description: "The scenario of requests that name none; null for the server's.",
  },
  clock: ref('Clock'),
  usedAt: withDescription(time, 'Real time of the last use.'),
  requests: withDescription(count, 'The number of entries in the journal.'),
  webhookUrl: withDescription(string, 'Where its webhooks go, if not where the operator says.'),
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
      detail: withDescription(string, 'What is wrong, with the value, and what to do.'),
      code: withDescription(string, 'Stable; docs/errors.md lists all codes.'),
      nearest: withDescription(list(string), 'The valid values closest to the one refused.'),
      faults: withDescription(list(anyObject), 'One item for each violation of the request.'),
    },
  },
  Clock: object(clock, 'The clock of a session.'),
  SessionSummary: object(
    { ...sessionHead, subjects: withDescription(count, 'The number of subjects with a state.') },
    'A session.',
    ['webhookUrl'],
  ),
  Session: object(
    {
      ...sessionHead,
      subjects: list(ref('Subject')),
      messages: withDescription(count, 'The number of messages in the journal.'),
      timers: withDescription(
        list(ref('Timer')),
        'What will happen on its clock as things stand, the first one first.',
      ),
    },
    'A session with the state and calls of its subjects.',
    ['webhookUrl'],
  ),
  Action: object(
    {
      api: string,
      name: string,
      summary: string,
      input: withDescription(anyObject, 'The JSON Schema of what it needs to know.'),
      targets: withDescription(list(anyObject), 'Inputs with which it can be done now.'),
    },
    'Something that can happen outside the API.',
  ),
  ActionDone: object(
    {
      api: string,
      name: string,
      messages: list(anyObject),
      why: list(ref('Evaluation')),
    },
    'What an action did.',
  ),
  Delivery: object(
    {
      id: count,
      api: string,
      webhook: string,
      method: string,
      url: withDescription({ type: ['string', 'null'] }, 'Null if it goes nowhere.'),
      headers: { type: 'object', additionalProperties: string },
      body: string,
      at: withDescription(time, "When it is due, on the session's clock."),
      state: { enum: ['recorded', 'waiting', 'delivered', 'failed', 'refused'] },
      reason: withDescription(string, 'Why it is in this state.'),
      attempts: list(
        object(
          {
            at: withDescription(time, "When it was due, on the session's clock."),
            status: { type: 'integer' },
            error: string,
            duration: withDescription({ type: 'number', minimum: 0 }, 'In real ms.'),
          },
          'One try.',
          ['status', 'error'],
        ),
      ),
    },
    'A webhook that was sent or recorded.',
    ['reason'],
  ),
  Timer: object(
    {
      api: string,
      summary: withDescription(string, 'What will happen.'),
      due: withDescription(time, "When, on the session's clock."),
      in: withDescription(count, 'How long until then, in ms.'),
      rule: withDescription(string, 'The `file:line` of the rule that plans it.'),
    },
    'Something that a rule planned.',
  ),
  Subject: object(
    {
      api: string,
      subject: withDescription(string, 'Whose state it is; hidden if it is a credential.'),
      state: withDescription(
        anyObject,
        'The state of the subject, as the scenario files define it.',
      ),
      calls: {
        type: 'object',
        additionalProperties: { type: 'object', additionalProperties: count },
        description: 'How often each operation was called, by scenario.',
      },
    },
    'A user, challenge or other thing whose state a session remembers.',
  ),
  Evaluation: object(
    {
      at: withDescription(string, 'The place of the rule, as file:line.'),
      when: { type: ['string', 'null'], description: 'The condition; null if the rule has none.' },
      value: { type: 'boolean', description: 'Whether the rule was applied.' },
      note: withDescription(
        string,
        'What else decided: the number of the call, or times that are used up.',
      ),
    },
    'A rule of a scenario that was checked.',
    ['note'],
  ),
  NearMiss: object(
    { api: string, operationId: string, method: string, path: string, reason: string },
    'An operation that is close to a request which matches none.',
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
    description: 'A message with the request that sent it.',
    required: ['id', 'at', 'api', 'operationId', 'channel'],
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    properties: {
      id: withDescription(count, 'The id of the journal entry.'),
      at: withDescription(time, "The session's time."),
      api: string,
      operationId: string,
      channel: string,
      code: string,
      challenge: string,
    },
  },
  JournalEntry: object(
    {
      id: withDescription(count, 'Counts up across all sessions.'),
      session: string,
      at: withDescription(time, "The session's time."),
      receivedAt: withDescription(time, 'Real time.'),
      duration: { type: 'number', minimum: 0, description: 'In ms, without scripted delays.' },
      request: object(
        { method: string, url: string, headers: anyObject, body: {} },
        'The request as it was received.',
        ['body'],
      ),
      response: object(
        {
          status: withDescription(count, '0 if the connection was broken.'),
          headers: anyObject,
          body: {},
          fault: withDescription(string, 'How the connection was broken.'),
        },
        'The response as it was sent.',
        ['body', 'fault'],
      ),
      step: {
        enum: ['arrived', 'received', 'matched', 'authenticated', 'valid'],
        description: 'How far the request got.',
      },
      unmatched: { type: 'boolean', description: 'Whether no operation has its path and method.' },
      api: string,
      operationId: string,
      scenario: string,
      rule: withDescription(string, 'What made the response, as in X-Sandbox-Rule.'),
      why: withDescription(
        list(ref('Evaluation')),
        'The rules that were checked, in order; the last one with value true made the response.',
      ),
      reasons: withDescription(list(string), 'Why the request was refused.'),
      ignored: withDescription(
        list(string),
        'Preferences and X-Sandbox-* headers of the request that the sandbox does not know.',
      ),
      messages: withDescription(
        list(ref('Message')),
        'The messages that were sent, without their codes.',
      ),
      nearMisses: list(ref('NearMiss')),
    },
    'A request, its response, and why.',
    ['api', 'operationId'],
  ),
  Figure: object(
    { covered: count, total: count, percent: { type: 'number', minimum: 0, maximum: 100 } },
    'How much was exercised; the percentage is rounded down.',
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
  RuleCoverage: object(
    { at: string, scenario: string, when: { type: ['string', 'null'] }, ...exercised },
    'A rule of a scenario file.',
  ),
  ApiCoverage: object(
    {
      api: string,
      contract: ref('Figure'),
      scenarios: ref('Figure'),
      operations: list(ref('OperationCoverage')),
      entries: list(ref('RuleCoverage')),
    },
    'What was exercised of one API.',
  ),
  Coverage: object(
    {
      contract: ref('Figure'),
      scenarios: ref('Figure'),
      operations: ref('Figure'),
      apis: list(ref('ApiCoverage')),
    },
    'What was exercised of the contracts and, separately, of the scenarios.',
  ),
  Match: {
    type: 'object',
    description: 'What a request must have: all of it.',
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
    'Assigns requests with a certain value to a session, a scenario, or both.',
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
  ScenarioRule: object(
    { at: string, when: { type: ['string', 'null'] } },
    'A rule of a scenario file.',
  ),
  ScenarioOperation: object(
    { operationId: string, entries: list(ref('ScenarioRule')) },
    'The rules that a scenario itself has for an operation.',
  ),
  ScenarioOfApi: object(
    {
      api: string,
      summary: string,
      extends: { type: ['string', 'null'] },
      source: withDescription(string, 'The file of the scenario.'),
      operations: list(ref('ScenarioOperation')),
      actions: withDescription(list(string), 'What a user can do outside the API.'),
    },
    'A scenario as one API plays it.',
  ),
  Scenario: object(
    { name: string, apis: list(ref('ScenarioOfApi')) },
    'A scenario that can be played.',
  ),
  Snapshot: {
    type: 'object',
    description: 'The whole state of a session; treat its content as opaque.',
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
        'The clock and scenario of the session.',
      ),
      subjects: list(
        object(
          { api: string, subject: string, record: ref('SubjectRecord') },
          'A subject and what is remembered about it.',
        ),
      ),
      owners: list(
        object(
          { api: string, id: string, subject: string },
          'The subject that an id was issued to.',
        ),
      ),
      kept: list(
        object(
          { reference: string, until: { type: 'integer' }, value: ref('StoredResponse') },
          'A response stored for its idempotency reference.',
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
      actions: { type: 'object', additionalProperties: { type: 'integer', minimum: 1 } },
      timers: object(
        {
          count,
          pending: list(
            object(
              { number: count, key: string, due: { type: 'integer' }, names: anyObject },
              'Something that a rule planned.',
            ),
          ),
        },
        'What rules planned.',
      ),
    },
    'What is remembered about a subject.',
    ['actions', 'timers'],
  ),
  StoredResponse: object(
    {
      status: { type: 'integer', minimum: 200, maximum: 599 },
      headers: {
        type: 'object',
        propertyNames: { pattern: "^[a-z0-9!#$%&'*+.^_`|~-]+$" },
        additionalProperties: { type: 'string', pattern: HEADER_VALUE.source },
      },
      body: string,
      rule: { type: 'string', pattern: '^[\\x20-\\x7e\\x80-\\xff]*$' },
      scenario: string,
      payload: { type: 'string', description: 'A hash of the body that it answers.' },
    },
    'A response.',
    ['body', 'payload'],
  ),
}
