// Starts the Bot API emulator on the port that is given, and says so.
import TelegramServer from 'telegram-test-api';

const port = Number(process.argv[2]);
const server = new TelegramServer({ port, host: '127.0.0.1', storeTimeout: 600 });
await server.start();
console.log('ready');
