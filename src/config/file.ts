/** `sandbox.config.yaml`: the settings of a project, under the names of their flags. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isObject } from '../contract/walk.ts'
import { type Diagnostic, formatDiagnostic, LoadError, UsageError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { readYamlFile, type YamlFile } from '../yaml-file.ts'
import { keyOf, SETTINGS, type Setting, type Written, type WrittenSettings } from './settings.ts'

/** Read from the folder that the program is started in, where it is there. */
export const CONFIG_FILE = 'sandbox.config.yaml'

/**
 * The settings of a file; none where no file is named and none is there.
 *
 * @throws UsageError that tells every fault of it as `file:line:column`
 * @throws StartError if a file that is named cannot be read
 */
export function readConfigFile(named: string | undefined): WrittenSettings {
  if (named === undefined && !existsSync(CONFIG_FILE)) return new Map()
  const path = named ?? CONFIG_FILE
  const source = sourceOf(path)
  const diagnostics: Diagnostic[] = []
  const found = settingsOf(source, dirname(path), diagnostics)
  if (diagnostics.length > 0) throw new UsageError(diagnostics.map(formatDiagnostic).join('\n'))
  return found
}

function sourceOf(path: string): YamlFile {
  try {
    return readYamlFile(path)
  } catch (error) {
    if (error instanceof LoadError) throw new UsageError(error.message)
    throw error
  }
}

function settingsOf(source: YamlFile, folder: string, diagnostics: Diagnostic[]): WrittenSettings {
  const found = new Map<Setting['name'], Written>()
  const { value } = source
  // An empty file, or one whose lines are all comments, sets nothing.
  if (value === null || value === undefined) return found
  if (!isObject(value)) {
    diagnostics.push(source.diagnosticAt([], 'settings are "key: value", such as port: 4011'))
    return found
  }
  const byKey = new Map(SETTINGS.map((setting) => [keyOf(setting), setting]))
  for (const [key, item] of Object.entries(value)) {
    const setting = byKey.get(key)
    if (!setting) {
      const known = [...byKey.keys()]
      const hint = didYouMean(key, known) || `; known are ${known.join(', ')}`
      diagnostics.push(source.diagnosticAt([key], `unknown key "${key}"${hint}`, 'key'))
      continue
    }
    const texts = textsOf(item, setting)
    if (!texts) {
      diagnostics.push(source.diagnosticAt([key], `"${key}" needs ${wanted(setting)}`))
      continue
    }
    const { file, line, column } = source.diagnosticAt([key], '')
    found.set(setting.name, {
      texts: setting.path ? texts.map((text) => resolve(folder, text)) : texts,
      from: `${file}:${line}:${column}: ${key}`,
    })
  }
  return found
}

/** Whether a setting is a number or a switch: the others are texts. */
const isPlain = ({ fallback }: Setting) => ['number', 'boolean'].includes(typeof fallback)

function wanted(setting: Setting): string {
  if (setting.repeatable) return 'a text or a list of texts'
  return isPlain(setting) ? 'one value' : 'one text, in quotes where it looks like a number'
}

/** What a flag would be followed by; undefined where the value has another form. */
function textsOf(item: unknown, setting: Setting): string[] | undefined {
  const items = setting.repeatable && Array.isArray(item) ? item : [item]
  // YAML reads the token 007 as the number 7: taken as a text, it would be another token.
  const forms = isPlain(setting) ? ['string', 'number', 'boolean'] : ['string']
  return items.every((each) => forms.includes(typeof each)) ? items.map(String) : undefined
}
