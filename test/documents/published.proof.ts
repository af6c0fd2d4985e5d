/** Published documents of other vendors, each with its own habits. */
import t from 'tap'
import { galaxy, published } from './corpus.ts'
import { trial } from './trial.ts'

const DOCUMENTS = [
  'asana.com.json',
  'box.com.json',
  'twilio.com/api.json',
  'spotify.com.json',
  'vercel.com.json',
  'trello.com.json',
  'notion.com.json',
].map(published)

for (const document of [galaxy(), ...DOCUMENTS]) {
  t.test(`${document.name} is served whole`, (t) => trial(t, document))
}
