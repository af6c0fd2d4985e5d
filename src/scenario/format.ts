/**
 * The form of a scenario file and of an api.yaml, as JSON Schema: the loader checks files with it,
 * and its descriptions are what an editor shows.
 */

const NAME = '^[a-z0-9][a-z0-9-]*$'
const DURATION = '^(\\d+(\\.\\d+)?(ms|[smhd]))+$'

const condition = {
  type: 'string',
  minLength: 1,
  description: 'A CEL expression that is true or false, such as state.issued > 0.',
}

const names = {
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  description: 'Names for values, worked out when first used and then kept: `id: ${newId()}`.',
}

const bodyful = {
  body: {
    description: 'The body; strings may hold ${expressions}. Checked against the contract.',
  },
  headers: {
    type: 'object',
    additionalProperties: { type: ['string', 'number'] },
    description: 'Response headers; values may hold ${expressions}.',
  },
  empty: {
    const: true,
    description: 'Send no body, although the contract has one for this status.',
  },
}

const respond = {
  description:
    'What to answer: a status, `default` (as the scenario that this one extends does), or an object.',
  type: ['integer', 'string', 'object'],
  if: { type: 'object' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    required: ['status'],
    additionalProperties: false,
    properties: {
      status: {
        type: 'integer',
        minimum: 200,
        maximum: 599,
        description: 'The HTTP status.',
      },
      example: {
        type: 'string',
        description: "The name of one of the contract's examples for this status.",
      },
      ...bodyful,
    },
  },
  else: {
    if: { type: 'string' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { enum: ['default'] },
    else: { minimum: 200, maximum: 599 },
  },
}

/** What looks at the state and changes it. */
const changeProperties = {
  when: condition,
  let: { $ref: '#/$defs/names' },
  set: {
    type: 'object',
    minProperties: 1,
    description:
      'Changes to the state: paths (`stepUp.wrong`, `challenges.${id}.status`) and their new values. All values see the state as it was before.',
  },
}

const entryProperties = {
  ...changeProperties,
  send: {
    description: 'Text messages or push notifications that would now be sent.',
    type: ['object', 'array'],
    if: { type: 'array' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { items: { $ref: '#/$defs/message' } },
    else: { $ref: '#/$defs/message' },
  },
  respond: { $ref: '#/$defs/respond' },
  delay: {
    type: 'string',
    pattern: DURATION,
    description: 'Real time to wait before the answer goes out, such as 2s or 250ms.',
  },
  fault: {
    enum: ['reset', 'empty', 'garbage', 'timeout'],
    description:
      'Break the connection instead of answering: reset it, close it with nothing sent, send bytes that are not HTTP, or never answer.',
  },
  times: {
    type: 'integer',
    minimum: 1,
    description: 'For how many calls this entry holds; then it is passed over.',
  },
}

const entry = {
  type: ['object', 'string'],
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { enum: ['default'] },
  else: {
    minProperties: 1,
    additionalProperties: false,
    properties: entryProperties,
  },
}

/** What a user can do outside the API with a challenge. */
export const ACTIONS = ['accept', 'decline', 'expire'] as const

export type ActionName = (typeof ACTIONS)[number]

const subject = {
  type: 'string',
  description: "Whose state this is, in place of the API's.",
}

const action = {
  type: 'object',
  required: ['rules'],
  additionalProperties: false,
  description: 'What happens then: the first of its rules that holds.',
  properties: {
    subject,
    let: { $ref: '#/$defs/names' },
    rules: {
      type: 'array',
      minItems: 1,
      description: 'The first whose `when` is true is done; where none is, it is refused.',
      items: {
        type: 'object',
        minProperties: 1,
        additionalProperties: false,
        properties: changeProperties,
      },
    },
  },
}

const $defs = {
  respond,
  entry,
  names,
  message: {
    type: 'object',
    required: ['channel'],
    additionalProperties: { type: ['string', 'number', 'boolean'] },
    properties: {
      channel: { type: 'string', description: 'Where it goes: SMS, say.' },
      code: { type: 'string', description: 'The one-time password in it.' },
      challenge: {
        type: 'string',
        description: 'The id of the challenge it belongs to.',
      },
    },
  },
}

export const scenarioSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A scenario of sca-sandbox',
  type: 'object',
  required: ['scenario', 'summary'],
  additionalProperties: false,
  properties: {
    scenario: {
      type: 'string',
      pattern: NAME,
      maxLength: 64,
      description: 'Its name.',
    },
    summary: {
      type: 'string',
      minLength: 1,
      description: 'What it plays, in one sentence.',
    },
    extends: {
      type: 'string',
      pattern: NAME,
      description:
        'The scenario that answers what this one does not mention; `default` if left out.',
    },
    state: {
      type: 'object',
      description: 'What a subject starts with. All scenarios of the API share one state.',
    },
    given: {
      type: 'object',
      description: 'Merged into the state once, when the scenario is first played for a subject.',
    },
    operations: {
      type: 'object',
      minProperties: 1,
      description:
        'By operationId; `*` is every operation whose contract has all the answers named.',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          subject,
          let: { $ref: '#/$defs/names' },
          calls: {
            type: 'array',
            minItems: 1,
            items: { $ref: '#/$defs/entry' },
            description: 'One entry a call, in order; the last one repeats.',
          },
          rules: {
            type: 'array',
            minItems: 1,
            items: { $ref: '#/$defs/entry' },
            description: 'The first whose `when` is true answers.',
          },
        },
      },
    },
    actions: {
      type: 'object',
      minProperties: 1,
      additionalProperties: false,
      description:
        'What a user does with a challenge outside the API; `request.path.challengeId` is which.',
      properties: Object.fromEntries(ACTIONS.map((name) => [name, action])),
    },
  },
  $defs,
}

/** The contract's own answers that an API can word: why a request was refused. */
export const REFUSAL_KINDS = [
  'malformed',
  'invalid',
  'unauthorized',
  'notFound',
  'methodNotAllowed',
  'tooLarge',
  'unsupportedMediaType',
  'notAcceptable',
] as const

export type RefusalKind = (typeof REFUSAL_KINDS)[number]

export const apiSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What holds for all scenarios of an API',
  type: 'object',
  additionalProperties: false,
  properties: {
    summary: { type: 'string', description: 'What the API is about, in one sentence.' },
    subject: {
      type: 'string',
      minLength: 1,
      description: 'Whose state a request is about: a CEL expression, such as token.',
    },
    constants: {
      ...names,
      description: 'Values that every expression can name.',
    },
    credentials: {
      type: 'array',
      description: 'Credentials that are refused: the first whose `when` is true answers.',
      items: {
        type: 'object',
        required: ['when', 'respond'],
        additionalProperties: false,
        properties: { when: condition, respond: { $ref: '#/$defs/respond' } },
      },
    },
    idempotency: {
      type: 'object',
      required: ['header', 'keep'],
      additionalProperties: false,
      description: 'The same reference on the same request gets the first success again.',
      properties: {
        header: {
          type: 'string',
          description: 'The request header that carries the reference.',
        },
        keep: {
          type: 'string',
          pattern: DURATION,
          description: "On the session's clock: 24h.",
        },
      },
    },
    answers: {
      type: 'object',
      additionalProperties: false,
      description: 'How the contract refuses a request; expressions see `reason` and `faults`.',
      properties: Object.fromEntries(
        REFUSAL_KINDS.map((name) => [name, { $ref: '#/$defs/respond' }]),
      ),
    },
  },
  $defs,
}
