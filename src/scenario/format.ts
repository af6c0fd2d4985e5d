/**
 * The form of a scenario file and of an api.yaml, as JSON Schema: the loader checks files with it, and
 * editors show its descriptions.
 */

export const NAME = '^[a-z0-9][a-z0-9-]*$'
export const DURATION = '^(\\d+(\\.\\d+)?(ms|[smhd]))+$'

const condition = {
  type: 'string',
  minLength: 1,
  description: 'A condition: a CEL expression that is true or false, such as state.issued > 0.',
}

const names = {
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  description: 'Names for values, computed when first used and then kept: `id: ${newId()}`.',
}

const bodyful = {
  body: {
    description: 'The body; strings may contain ${expressions}. Checked against the contract.',
  },
  headers: {
    type: 'object',
    additionalProperties: { type: ['string', 'number'] },
    description: 'Response headers; values may contain ${expressions}.',
  },
  empty: {
    const: true,
    description: 'Send no body, although the contract has one for this status.',
  },
}

const respond = {
  description:
    'The response: a status, `default` (respond as the extended scenario does), or an object.',
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

/** The keys that read and change the state. */
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

/** One of a definition, or a list of them. */
const oneOrMore = (definition: string, description: string) => ({
  description,
  type: ['object', 'array'],
  if: { type: 'array' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { items: { $ref: definition } },
  else: { $ref: definition },
})

/** The keys that change something but make no response. */
const effectProperties = {
  ...changeProperties,
  send: oneOrMore(
    '#/$defs/message',
    'A text message or push notification that would now be sent, or a list of them.',
  ),
  notify: oneOrMore(
    '#/$defs/notification',
    'A webhook that is sent to the app, or a list of them.',
  ),
  later: oneOrMore(
    '#/$defs/later',
    "What happens later on the session's clock, or a list of such things.",
  ),
}

const later = {
  type: 'object',
  required: ['after'],
  minProperties: 2,
  additionalProperties: false,
  properties: {
    after: {
      type: 'string',
      pattern: DURATION,
      description: "How much later, on the session's clock, such as 5m.",
    },
    summary: {
      type: 'string',
      minLength: 1,
      description: 'What happens then, in a few words, such as "the code expires".',
    },
    ...effectProperties,
    when: {
      ...condition,
      description:
        'A condition that is checked when the time has come; if it is false, nothing happens.',
    },
  },
}

const entryProperties = {
  ...effectProperties,
  respond: { $ref: '#/$defs/respond' },
  delay: {
    type: 'string',
    pattern: DURATION,
    description: 'Real time to wait before the response is sent, such as 2s or 250ms.',
  },
  fault: {
    enum: ['reset', 'empty', 'garbage', 'timeout'],
    description:
      'A connection fault instead of a response: reset the connection, close it and send nothing (empty), send bytes that are not HTTP (garbage), or never respond (timeout).',
  },
  times: {
    type: 'integer',
    minimum: 1,
    description:
      'In `calls`: how many calls in a row the rule covers. In `rules`: how often the rule applies for a subject; after that it is ignored.',
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

/** What a user does with a challenge; the admin API has a route of its own for these. */
export const ACTIONS = ['accept', 'decline', 'expire'] as const

export type ActionName = (typeof ACTIONS)[number]

const subject = {
  type: 'string',
  description: "Whose state this is, instead of the API's `subject`.",
}

const action = {
  type: 'object',
  required: ['rules'],
  additionalProperties: false,
  description: 'What the action changes.',
  properties: {
    summary: { type: 'string', minLength: 1, description: 'What it does, in one sentence.' },
    input: {
      type: 'object',
      description:
        'The JSON Schema of what the action needs to know; expressions see it as `input`. If left out, it is a `challengeId`.',
    },
    subject,
    targets: {
      type: 'string',
      minLength: 1,
      description:
        "A CEL expression over a subject's state: the list of inputs with which the action can be done.",
    },
    let: { $ref: '#/$defs/names' },
    rules: {
      type: 'array',
      minItems: 1,
      description:
        'The first rule whose `when` is true is applied; if none is, the action is refused.',
      items: {
        type: 'object',
        minProperties: 1,
        additionalProperties: false,
        properties: effectProperties,
      },
    },
  },
}

const notification = {
  type: 'object',
  required: ['webhook'],
  additionalProperties: false,
  properties: {
    webhook: {
      type: 'string',
      minLength: 1,
      description:
        "The name of a webhook, of this API's document or another; of a callback, operationId.callbackName.",
    },
    each: {
      type: 'string',
      minLength: 1,
      description:
        'A CEL expression for a list: the webhook is sent for each of its items, which expressions see as `item`.',
    },
    body: {
      description: 'The body; strings may contain ${expressions}. Checked against the contract.',
    },
    headers: {
      type: 'object',
      additionalProperties: { type: ['string', 'number'] },
      description: 'Its headers; expressions also see `body`, the body as it is sent.',
    },
    retry: {
      type: 'array',
      maxItems: 20,
      items: { type: 'string', pattern: DURATION },
      description:
        "How long to wait, on the session's clock, before each further try; 1s, 5s and 25s if left out.",
    },
    copies: {
      type: ['integer', 'string'],
      description: 'How often it is sent, or an expression for that; 0: it is lost.',
    },
    delay: {
      type: 'string',
      minLength: 1,
      description: "How long it takes, on the session's clock, such as 2s, or an expression.",
    },
  },
}

const $defs = {
  notification,
  respond,
  entry,
  later,
  names,
  message: {
    type: 'object',
    required: ['channel'],
    additionalProperties: { type: ['string', 'number', 'boolean'] },
    properties: {
      channel: { type: 'string', description: 'How it is sent, such as SMS.' },
      code: { type: 'string', description: 'The one-time password that it contains.' },
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
      description: 'The name of the scenario.',
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
        'The scenario that handles what this one does not mention; `default` if left out.',
    },
    state: {
      type: 'object',
      description:
        'The state that a subject starts with. All scenarios of the API share one state.',
    },
    given: {
      type: 'object',
      description: 'Merged into the state once, when the scenario is first played for a subject.',
    },
    before: {
      type: 'object',
      minProperties: 1,
      additionalProperties: false,
      description:
        'What precedes the rules of every operation, those of the extended scenarios first. Its names can be used in all operations of the scenario.',
      properties: {
        let: { $ref: '#/$defs/names' },
        rules: {
          type: 'array',
          minItems: 1,
          items: { $ref: '#/$defs/entry' },
          description:
            'Every rule whose `when` is true is applied, in order; the first that responds ends the call. A rule is ignored for operations whose contract does not have its response.',
        },
      },
    },
    operations: {
      type: 'object',
      minProperties: 1,
      description:
        'Rules by operationId; `*` is every operation that is not named and whose contract has all the responses listed.',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          subject,
          foreign: {
            type: 'string',
            minLength: 1,
            description:
              'A CEL expression over the request: a list of ids. Those that another subject was given are the variable `foreign`.',
          },
          let: { $ref: '#/$defs/names' },
          calls: {
            type: 'array',
            minItems: 1,
            items: { $ref: '#/$defs/entry' },
            description: 'One rule for each call, in order; the last one repeats.',
          },
          rules: {
            type: 'array',
            minItems: 1,
            items: { $ref: '#/$defs/entry' },
            description: 'The first rule whose `when` is true makes the response.',
          },
        },
      },
    },
    actions: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: NAME },
      description:
        'What happens outside the API, such as on the phone: by name, what it needs to know and what it changes.',
      additionalProperties: action,
    },
  },
  $defs,
}

/** The reasons for which the sandbox refuses a request by the contract; api.yaml can word each response. */
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
  title: 'What applies to all scenarios of an API',
  type: 'object',
  additionalProperties: false,
  properties: {
    summary: { type: 'string', description: 'What the API is about, in one sentence.' },
    world: {
      type: 'string',
      minLength: 1,
      description:
        'The API whose state the operations of this one see and change, such as that of a simulator; its own if left out.',
    },
    subject: {
      type: 'string',
      minLength: 1,
      description: 'Whose state a request is about: a CEL expression, such as token.',
    },
    constants: {
      ...names,
      description: 'Values that every expression can use.',
    },
    credentials: {
      type: 'array',
      description:
        'Credentials that are refused: the first whose `when` is true makes the response.',
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
      dependentRequired: { longest: ['tooLong'], tooLong: ['longest'] },
      additionalProperties: false,
      description:
        'A request that is repeated with the same reference gets the first successful response again.',
      properties: {
        header: {
          type: 'string',
          description: 'The request header that contains the reference.',
        },
        keep: {
          type: 'string',
          pattern: DURATION,
          description: "How long, on the session's clock, such as 24h.",
        },
        mismatch: {
          $ref: '#/$defs/respond',
          description:
            'Refuses a reference that was used for the same operation with another body. If left out, that is a request of its own.',
        },
        longest: {
          type: 'integer',
          minimum: 1,
          description: 'How many characters a reference may have.',
        },
        tooLong: { $ref: '#/$defs/respond', description: 'Refuses a longer reference.' },
      },
    },
    headers: {
      type: 'object',
      minProperties: 1,
      additionalProperties: { type: ['string', 'number'] },
      description:
        'Headers of every response, refusals included; values may contain ${expressions}. A rule can replace them.',
    },
    fields: {
      type: 'object',
      minProperties: 1,
      description:
        'New values for the fields of every body that is an example or generated, where it has a field of that name.',
    },
    answers: {
      type: 'object',
      additionalProperties: false,
      description: 'How an invalid request is refused; expressions see `reason` and `faults`.',
      properties: Object.fromEntries(
        REFUSAL_KINDS.map((name) => [name, { $ref: '#/$defs/respond' }]),
      ),
    },
  },
  $defs,
}
