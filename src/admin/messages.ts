import type { RawEntry } from '../journal/entry.ts'
import type { SessionEvent } from '../journal/session-event.ts'
import type { Message } from '../scenario/model.ts'
import { requireJournal } from './lookups.ts'
import { sessionParams } from './parameters.ts'
import { type Route, route } from './route.ts'
import { ref } from './schemas.ts'

interface Source {
  readonly id: number
  /** Session time in ms. */
  readonly at: number
  readonly api: string
  readonly operationId: string
}

const toSentMessages = ({ at, ...source }: Source, messages: readonly Message[]): Message[] =>
  messages.map((message) => ({ ...message, ...source, at: new Date(at).toISOString() }))

const sentByRequest = ({ id, at, operation, outcome }: RawEntry) =>
  toSentMessages(
    { id, at, api: operation?.api ?? '', operationId: operation?.id ?? '' },
    outcome.messages,
  )

/** An action or a timer stands where requests have the operation. */
const sentByEvent = ({ id, at, api, name, messages }: SessionEvent) =>
  toSentMessages({ id, at, api, operationId: name }, messages)

export const messageRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/sessions/:id/messages',
    operationId: 'listMessages',
    tag: 'Journal',
    summary:
      'List text messages and push notifications that would have been sent, with their codes',
    input: {
      params: sessionParams,
      querystring: {
        type: 'object',
        additionalProperties: false,
        properties: {
          channel: { type: 'string', description: 'Only of this channel.' },
          challenge: { type: 'string', description: 'Only of this challenge.' },
        },
      },
    },
    responses: {
      200: {
        description: 'The messages, oldest first.',
        schema: {
          type: 'object',
          required: ['messages'],
          properties: { messages: { type: 'array', items: ref('SentMessage') } },
        },
      },
    },
    problems: ['unknown-session', 'journal-off'],
    handler: async ({ sandbox, params, query }) => {
      const requests = (await requireJournal(sandbox, params.id)).flatMap(sentByRequest)
      const events = sandbox.journal.events(params.id).flatMap(sentByEvent)
      const all = [...requests, ...events].sort((a, b) => Number(a.id) - Number(b.id))
      const { channel, challenge } = query
      const messages = all.filter(
        (message) =>
          (channel === undefined || message.channel === channel) &&
          (challenge === undefined || message.challenge === challenge),
      )
      return { messages }
    },
  }),
]
