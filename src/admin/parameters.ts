/** Parameters that several routes have. */

/** What may be a session's id is checked with the words of its own problem. */
export const sessionParams = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: { id: { type: 'string', description: 'The session.' } },
} as const

export const pageQuery = {
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
    description: 'Most that are listed.',
  },
  offset: { type: 'integer', minimum: 0, default: 0, description: 'How many to pass over.' },
} as const

export const noInput = {} as const

/** Where there is nothing to say. */
export const EMPTY = { 204: { description: 'Done.' } } as const
