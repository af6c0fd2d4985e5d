/** A session's journal as the report of a failed test shows it. */
import { relative } from 'node:path'
import type { JournalEntry, SessionClient } from '../client/client.ts'
import { truncate } from '../suggest.ts'

/** What happened in a session. */
export interface SessionReport {
  /** The journal in lines for a reader. */
  readonly text: string
  /** The journal as the admin API sends it. */
  readonly entries: readonly JournalEntry[]
}

/** Reads the journal. Never throws: the test's own failure is what must be reported. */
export async function reportSession(session: SessionClient): Promise<SessionReport> {
  try {
    const entries = await session.requests()
    return {
      text: [describeCount(session.id, entries), ...entries.map(describe)].join('\n'),
      entries,
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const text = `The journal of the sandbox session ${session.id} could not be read: ${reason}`
    return { text, entries: [] }
  }
}

function describeCount(id: string, { length }: readonly JournalEntry[]): string {
  const count = length === 0 ? 'no requests' : length === 1 ? '1 request' : `${length} requests`
  return `The sandbox session ${id} received ${count}${length === 0 ? '.' : ':'}`
}

/** One entry: a line for the request and its response, and one for each reason. */
function describe(entry: JournalEntry): string {
  const { at, request, response, operationId, scenario, rule, messages } = entry
  // The session's id is in the first line.
  const url = request.url.replace(/^\/@[^/]*/, '')
  const made = [operationId, scenario, shorten(rule)]
    .filter((part) => part !== undefined)
    .join(', ')
  const sent = messages.map(({ channel }) => `; sent by ${channel}`).join('')
  const line = `${at} ${request.method} ${url} -> ${describeResponse(response)} (${made})${sent}`
  return [line, ...describeReasons(entry).map((reason) => `    ${reason}`)].join('\n')
}

/** Rules of the package lie deep in `node_modules`. */
const shorten = (rule: string) =>
  rule.startsWith(process.cwd()) ? relative(process.cwd(), rule) : rule

/** Characters of a body that are shown: a problem says what is wrong within them. */
const LONGEST_BODY = 200

function describeResponse({ status, fault, body }: JournalEntry['response']): string {
  if (fault !== undefined) return `connection broken: ${fault}`
  if (status < 400 || body === undefined) return String(status)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return `${status} ${truncate(text, LONGEST_BODY)}`
}

function describeReasons({ reasons, nearMisses }: JournalEntry): readonly string[] {
  const near = nearMisses.map(
    ({ method, path, reason }) => `nearest: ${method} ${path} (${reason})`,
  )
  return [...reasons, ...near]
}
