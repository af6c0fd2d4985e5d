/** Whose an id is: asked of the store, for the expressions that choose a subject and for `foreign`. */
import type { Template } from '../scenario/model.ts'
import type { Owner, Scope } from '../scenario/scope.ts'
import type { SandboxStore } from './apis.ts'

/** Finds the subject that was given an id; the id itself, if none was. */
export const makeOwner =
  (store: SandboxStore, session: string, world: string): Owner =>
  async (id) =>
    (await store.owner(session, world, id)) ?? id

interface ForeignQuery {
  readonly store: SandboxStore
  readonly session: string
  readonly world: string
  readonly subject: string
}

/**
 * Picks the ids that were given to another subject.
 *
 * @param listIds an expression for a list; items that are not strings are ignored
 * @throws Problem if the expression fails
 */
export async function findForeign(
  listIds: Template,
  scope: Scope,
  { store, session, world, subject }: ForeignQuery,
): Promise<readonly string[]> {
  const list = listIds(scope)
  const ids = (Array.isArray(list) ? list : []).filter((id) => typeof id === 'string')
  const owners = await Promise.all(ids.map((id) => store.owner(session, world, id)))
  return ids.filter((_, index) => owners[index] !== undefined && owners[index] !== subject)
}
