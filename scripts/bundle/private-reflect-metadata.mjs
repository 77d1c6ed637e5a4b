// inversify keeps what it knows of a class in the global Reflect of reflect-metadata. Here it gets the functions of that
// package without the global: loading Keyturn then changes nothing in a program, and a program that brings another version
// takes nothing away from Keyturn. Both write into one registry, so that classes are seen from either side.
const functions = ['defineMetadata', 'getMetadata', 'getOwnMetadata'];
const call = new RegExp(`\\bReflect\\.(${functions.join('|')})\\b`, 'g');

export function privateReflectMetadata() {
  return {
    name: 'private-reflect-metadata',
    resolveId(source, importer) {
      const isInversify = /[\\/]@inversifyjs[\\/]/.test(importer ?? '');
      return isInversify && source === 'reflect-metadata/lite' ? '\0no-global-reflect' : undefined;
    },
    load: (id) => (id === '\0no-global-reflect' ? 'export {};' : undefined),
    transform: {
      filter: { id: /[\\/]@inversifyjs[\\/]reflect-metadata-utils[\\/]/, code: /\bReflect\./ },
      handler: (code) => ({
        code: `import { ${functions.join(', ')} } from 'reflect-metadata/no-conflict'; ${code.replaceAll(call, '$1')}`,
        map: null,
      }),
    },
  };
}
