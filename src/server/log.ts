import { type Logger, pino } from 'pino'
import type { Config } from '../config/settings.ts'
import { Problem } from '../errors.ts'
import { Refusal } from '../exchange/exchange.ts'
import { type RawEntry, statusOf } from '../journal/entry.ts'

/** Standard output is for the ready line alone. */
const STDERR = 2

export async function makeLogger(
  { logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>,
  terminal: boolean,
): Promise<Logger> {
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  if ((logFormat ?? (terminal ? 'pretty' : 'json')) === 'json') {
    return pino(options, pino.destination({ dest: STDERR, sync: false }))
  }
  const { default: pretty } = await import('pino-pretty')
  const stream = pretty({
    colorize: terminal,
    destination: STDERR,
    ignore: 'session,store,fault,scenario,rule,method,path,status,ms,reasons',
    translateTime: 'HH:MM:ss',
    sync: true,
  })
  return pino(options, stream)
}

/** Logs one line for a request: what it was, what was played, the result. Never a credential. */
export function logRequest(logger: Logger, recorded: RawEntry, error: Error | undefined): void {
  const level = levelOf(error)
  if (!logger.isLevelEnabled(level)) return
  const { session, duration, incoming, outcome } = recorded
  const { scenario, rule, fault, status, reasons } = outcome
  // The query may have an API key; the path cannot.
  const path = incoming.target
  const line = {
    session,
    scenario,
    rule,
    method: incoming.method,
    path,
    status: statusOf(outcome),
    ms: duration,
    ...(fault && { fault }),
    ...(reasons.length > 0 && { reasons }),
    ...(level === 'error' && !(error instanceof Problem) && { err: error }),
  }
  const why = reasons.length > 0 ? ` (${reasons.join('; ')})` : ''
  const played = `[${session}: ${scenario}, ${rule}]`
  const result = fault ? `connection broken: ${fault}` : status
  logger[level](line, `${incoming.method} ${path} ${result} ${played}${why}`)
}

/** A bug or a broken scenario is an error; refusing a client is not. */
function levelOf(error: Error | undefined): 'info' | 'error' {
  if (error === undefined) return 'info'
  if (error instanceof Problem) return error.status >= 500 ? 'error' : 'info'
  return error instanceof Refusal ? 'info' : 'error'
}
