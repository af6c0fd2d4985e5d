import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'

/** What a sandbox can be given; everything has the default of the command line. */
export interface SandboxOptions {
  /** Port to listen on; 0, the default here, takes a free one. */
  readonly port?: number
  /** Address to listen on; 127.0.0.1 unless told otherwise. */
  readonly host?: string
  /** OpenAPI documents, or folders of them, in place of the built-in ones. */
  readonly specs?: readonly string[]
  /** Folders of scenario files that add to the built-in ones or replace them. */
  readonly scenarios?: readonly string[]
  /** The scenario of requests that name none; `default` unless told otherwise. */
  readonly scenario?: string
  /** Same seed and same calls: same bytes. A whole number below 2^31; 1 unless told otherwise. */
  readonly seed?: number
  /** Whether web pages of other origins may call the mocked APIs; true unless told otherwise. */
  readonly cors?: boolean
  /** Secret that the admin API asks for as a bearer token; none unless given. */
  readonly adminToken?: string
  /** Public-looking host names by which the admin API may be called. */
  readonly adminHost?: readonly string[]
  /** Whether journal, messages and coverage are kept; true unless told otherwise. */
  readonly journal?: boolean
  /** Whether documents and scenarios are loaded anew when they change; false unless told otherwise. */
  readonly watch?: boolean
  /** `memory:`, the default, or the URL of a Redis that several sandboxes share. */
  readonly store?: string
  /** `self-signed` serves HTTPS with a pair that is made for this start. */
  readonly tls?: 'self-signed' | undefined
  /** Files in PEM: serves HTTPS with them. */
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
  /** Real time; tests of the sandbox itself bring their own. */
  readonly clock?: Clock
  /** Where requests and mistakes are logged; nowhere unless given. */
  readonly logger?: Logger
}
