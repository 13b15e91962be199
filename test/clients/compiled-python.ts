/** A program: runs one on CPython that was compiled to WebAssembly. Its arguments name the release; standard input has `{program, input}`. */
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** As much of Pyodide as is needed here, in every release. */
type Interpreter = {
  readonly globals: { set(name: string, value: string): void };
  runPython(program: string): unknown;
};

type Pyodide = {
  loadPyodide(options: { indexURL: string; stdout: (line: string) => void }): Promise<Interpreter>;
};

const [release = ''] = process.argv.slice(2);
const entry = import.meta.resolve(`pyodide-${release}`);
const { loadPyodide } = (await import(entry)) as Pyodide;
const { program, input } = JSON.parse(await text(process.stdin)) as { program: string; input: string };
const python = await loadPyodide({
  indexURL: dirname(fileURLToPath(entry)),
  stdout: line => void process.stdout.write(`${line}\n`),
});
python.globals.set('given_input', input);
python.runPython(`import io, sys; sys.stdin = io.StringIO(given_input)\n${program}`);
