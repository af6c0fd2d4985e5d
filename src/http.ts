/** What the sandbox's server and its admin API's, which are two, must agree on. */

/** Where the admin API begins; every other path belongs to the mocked APIs. */
export const ADMIN = '/__admin'

/** Largest request body in bytes. */
export const BODY_LIMIT = 1_048_576

/** Media types whose bodies are read as text: JSON, whatever its flavour. */
export const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i
