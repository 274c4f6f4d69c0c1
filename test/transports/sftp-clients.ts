import ssh2, { type ConnectConfig, type FileEntry, type SFTPWrapper, type Client as SshClient, type Stats } from 'ssh2';

const { Client, utils } = ssh2;

/** A pair of ed25519 keys; the library breaks one in 256, whose public key begins with a zero. */
export function makeKeyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519');
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

/** A client of an SFTP server, with promises; refusals reject with the protocol's `code`. */
export interface TestClient {
  readonly ssh: SshClient;
  readonly sftp: SFTPWrapper;
  open(path: string, flags: string): Promise<Buffer>;
  write(handle: Buffer, text: string | Buffer, at?: number): Promise<void>;
  shut(handle: Buffer): Promise<void>;
  /** Sends a whole file. */
  put(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  stat(path: string): Promise<Stats>;
  list(path?: string): Promise<readonly FileEntry[]>;
  realpath(path: string): Promise<string>;
  /** Says how long an open file is. */
  resize(handle: Buffer, size: number): Promise<void>;
  /** Resolves when the other side has ended the connection. */
  ended(): Promise<void>;
  /** Is cut off as by a cable that is pulled out; resolves when it is. */
  lose(): Promise<void>;
}

/** Logs in; rejects where the server does not let it in. */
export function logIn(port: number, config: ConnectConfig): Promise<SshClient> {
  return new Promise((resolve, reject) => {
    const ssh = new Client();
    ssh.on('ready', () => resolve(ssh));
    ssh.on('error', reject);
    ssh.on('close', () => reject(new Error('closed')));
    ssh.connect({ host: '127.0.0.1', port, ...config });
  });
}

/** Logs in and opens SFTP. */
export async function sftpClient(port: number, config: ConnectConfig): Promise<TestClient> {
  const ssh = await logIn(port, config);
  const over = new Promise<void>((resolve) => ssh.on('close', () => resolve()));
  const sftp = await told<SFTPWrapper>((done) => ssh.sftp(done));
  const client: TestClient = {
    ssh,
    sftp,
    open: (path, flags) => told((done) => sftp.open(path, flags as 'w', done)),
    write(handle, text, at = 0) {
      const bytes = Buffer.from(text);
      return told((done) => sftp.write(handle, bytes, 0, bytes.length, at, (error) => done(error)));
    },
    shut: (handle) => told((done) => sftp.close(handle, done)),
    async put(path, text) {
      const handle = await client.open(path, 'w');
      await client.write(handle, text);
      await client.shut(handle);
    },
    rename: (from, to) => told((done) => sftp.rename(from, to, done)),
    remove: (path) => told((done) => sftp.unlink(path, done)),
    stat: (path) => told((done) => sftp.stat(path, done)),
    list: (path = '/') => told((done) => sftp.readdir(path, done)),
    realpath: (path) => told((done) => sftp.realpath(path, done)),
    resize: (handle, size) => told((done) => sftp.fsetstat(handle, { size }, done)),
    ended: () => over,
    lose: () =>
      new Promise((resolve) => {
        ssh.on('close', () => resolve());
        ssh.destroy();
      }),
  };
  return client;
}

function told<T = void>(ask: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, value) => (error === undefined || error === null ? resolve(value as T) : reject(error)));
  });
}
