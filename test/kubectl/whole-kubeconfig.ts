/**
 * A kubeconfig as somebody has written it: the file, or several, and how it is asked for.
 *
 * Words in capitals are filled in before it is written to the disk; see `Words`.
 */
export interface WholeKubeconfig {
  /** What lies in the folder of the trial, by path. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** How it is found. Default: the file `config` is named. */
  readonly environment?: { readonly KUBECONFIG?: string; readonly HOME?: string };
  /** What is taken instead of what the kubeconfig says; options of these names have both programs. */
  readonly instead?: Readonly<
    Partial<Record<'context' | 'cluster' | 'user' | 'namespace', string>>
  >;
  /** Whether Keyturn is told that to be nobody is meant. kubectl takes that for granted. */
  readonly anonymous?: boolean;
}

/** What stands for a word in a kubeconfig. */
export interface Words {
  /** Port of the server at `localhost`. */
  readonly PORT: string;
  /** Port of the one that speaks plain http. */
  readonly PLAIN: string;
  /** Ports of proxies. */
  readonly HTTP_PROXY: string;
  readonly HTTPS_PROXY: string;
  readonly SOCKS_PROXY: string;
  /** The folder of the trial, absolute, and from where both programs run. */
  readonly FOLDER: string;
  readonly RELATIVE: string;
  /** PEM texts: the authority of the server, a client certificate with its key, the key of another, a pair that has expired. */
  readonly CA_PEM: string;
  readonly CERT_PEM: string;
  readonly KEY_PEM: string;
  readonly OTHER_KEY_PEM: string;
  readonly OLD_CERT_PEM: string;
  readonly OLD_KEY_PEM: string;
}

/** Fills in the words, and for each `…_PEM` the same in base64, `…_DATA`, and that in lines, `…_LINES`, indented as the first of them. */
export function fillIn(text: string, words: Words): string {
  return text.replace(/^( *)?(.*)$/gm, (line, indent: string = '') =>
    line.replaceAll(
      /(?<![A-Za-z_])[A-Z]+(?:_[A-Z]+)*(?![A-Za-z_])/g,
      (word: string) => wordFor(word, words, indent) ?? word,
    ),
  );
}

function wordFor(word: string, words: Words, indent: string): string | undefined {
  const [, name, form] = /^(.*)_(DATA|LINES)$/.exec(word) ?? [];
  const pem = words[`${name}_PEM` as keyof Words];
  if (pem === undefined) return words[word as keyof Words];
  const data = Buffer.from(pem).toString('base64');
  return form === 'DATA' ? data : data.replaceAll(/(.{64})(?=.)/g, `$1\n${indent}`);
}
