import { readSource } from './source-text.ts';

interface Property {
  readonly name: string;
  readonly type: string;
}

/**
 * The paths of all options, such as `chains[].providers[].http`, as the configuration's types have
 * them: the properties of `root` and of the interfaces and object types that it is made of.
 */
export function optionPaths(text: string, root: string): readonly string[] {
  const { withStrings } = readSource(text);
  const interfaces = new Map<string, readonly Property[]>();
  for (const match of withStrings.matchAll(/\binterface (\w+) \{\n([\s\S]*?)\n\}/g)) {
    interfaces.set(match[1] ?? '', propertiesOf(match[2] ?? ''));
  }
  if (!interfaces.has(root)) throw new Error(`the configuration has no interface ${root}`);
  return pathsOf(interfaces.get(root) ?? [], interfaces, '');
}

function pathsOf(
  properties: readonly Property[],
  interfaces: ReadonlyMap<string, readonly Property[]>,
  prefix: string,
): string[] {
  return properties.flatMap(({ name, type }) => {
    const inline = /^\{(.*)\}$/s.exec(type)?.[1];
    const nested =
      inline === undefined ? interfaces.get(/^(?:readonly )?(\w+)/.exec(type)?.[1] ?? '') : propertiesOf(inline);
    if (nested === undefined) return [prefix + name];
    return pathsOf(nested, interfaces, `${prefix}${name}${type.endsWith('[]') ? '[]' : ''}.`);
  });
}

function propertiesOf(body: string): readonly Property[] {
  // Optional commas and braces aside, each property is "readonly name: type;".
  return [...body.matchAll(/(?:^|[\n;{])\s*(?:readonly )?(\w+)\??:\s*(\{[^}]*\}|[^;\n]+)/g)].map((match) => ({
    name: match[1] ?? '',
    type: (match[2] ?? '').trim(),
  }));
}
