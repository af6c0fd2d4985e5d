/** A document with as many operations as asked for: its own, and copies of them on other paths. */
export function manyOperations(text: string, count: number): string
