/** `sandbox.config.yaml`: the settings of a project, under the names of their flags. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { isObject } from '../contract/walk.ts'
import { type Diagnostic, formatDiagnostic, LoadError, UsageError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { readYamlFile, type YamlFile } from '../yaml-file.ts'
import type { FileSetting, FileSettings } from './read.ts'
import { keyOf, SETTINGS, type Setting, typeOf } from './settings.ts'

/** Read from the folder that the program is started in, if it is there. */
export const CONFIG_FILE = 'sandbox.config.yaml'

/**
 * The settings of a file; none if no file is named and none is there.
 *
 * @throws UsageError with everything that is wrong, as `file:line:column`
 * @throws StartError if a file that is named cannot be read
 */
export function readConfigFile(named: string | undefined): FileSettings {
  if (named === undefined && !existsSync(CONFIG_FILE)) return new Map()
  const path = named ?? CONFIG_FILE
  const diagnostics: Diagnostic[] = []
  const settings = readSettings(readFile(path), dirname(path), diagnostics)
  if (diagnostics.length > 0) throw new UsageError(diagnostics.map(formatDiagnostic).join('\n'))
  return settings
}

function readFile(path: string): YamlFile {
  try {
    return readYamlFile(path)
  } catch (error) {
    if (error instanceof LoadError) throw new UsageError(error.message)
    throw error
  }
}

function readSettings(file: YamlFile, folder: string, diagnostics: Diagnostic[]): FileSettings {
  const found = new Map<Setting['name'], FileSetting>()
  const content = file.value
  // An empty file, or one whose lines are all comments, sets nothing.
  if (content === null || content === undefined) return found
  if (!isObject(content)) {
    diagnostics.push(file.diagnosticAt([], 'settings are "key: value", such as port: 4011'))
    return found
  }
  const byKey = new Map(SETTINGS.map((setting) => [keyOf(setting), setting]))
  for (const [key, item] of Object.entries(content)) {
    const setting = byKey.get(key)
    if (!setting) {
      const known = [...byKey.keys()]
      const hint = didYouMean(key, known) || `; known are ${known.join(', ')}`
      diagnostics.push(file.diagnosticAt([key], `unknown key "${key}"${hint}`, 'key'))
      continue
    }
    const values = toStrings(item, setting)
    if (!values) {
      diagnostics.push(file.diagnosticAt([key], `"${key}" needs ${describeForm(setting)}`))
      continue
    }
    const place = file.diagnosticAt([key], '')
    found.set(setting.name, {
      values: values.map((value) => setting.resolve?.(value, folder) ?? value),
      from: `${place.file}:${place.line}:${place.column}: ${key}`,
    })
  }
  return found
}

function describeForm(setting: Setting): string {
  if (setting.repeatable) return 'a string or a list of strings'
  if (typeOf(setting) !== 'string') return 'one value'
  return 'one string, in quotes if it looks like a number'
}

/** The values as a flag would have them; undefined if they have another form. */
function toStrings(item: unknown, setting: Setting): string[] | undefined {
  const items = setting.repeatable && Array.isArray(item) ? item : [item]
  // YAML reads the token 007 as the number 7, which as a string would be another token.
  const types = typeOf(setting) === 'string' ? ['string'] : ['string', 'number', 'boolean']
  return items.every((each) => types.includes(typeof each)) ? items.map(String) : undefined
}
