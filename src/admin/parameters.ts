/** Parameters that several routes share. */

/** The characters of a session id are not checked here but by `checkSessionId`, for a better message. */
export const sessionParams = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: { id: { type: 'string', description: 'The id of the session.' } },
} as const

export const pageQuery = {
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
    description: 'The maximum number of items to list.',
  },
  offset: { type: 'integer', minimum: 0, default: 0, description: 'How many items to skip.' },
} as const

export const noInput = {} as const

/** The response of routes that return no body. */
export const EMPTY = { 204: { description: 'Done.' } } as const
