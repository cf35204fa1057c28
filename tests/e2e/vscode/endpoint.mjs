// A language model from a script, behind the OpenAI interface on the loopback: the only part of these tests that is not real.
import { createServer } from "node:http";

export class Endpoint {
  /** What was asked, in order: the key that came along and all messages as one text. */
  asked = [];
  #answers;
  #open = Promise.resolve();
  #release = () => {};

  static async open(...answers) {
    const endpoint = new Endpoint();
    endpoint.#answers = answers;
    endpoint.server = createServer((request, response) => {
      // Whoever asked may be killed while it still asks: that is no question.
      endpoint.#answer(request, response).catch((error) => {
        if (request.complete) throw error;
      });
    });
    await new Promise((done) => endpoint.server.listen(0, "127.0.0.1", done));
    endpoint.server.unref();
    endpoint.url = `http://127.0.0.1:${endpoint.server.address().port}/v1`;
    return endpoint;
  }

  /** Settings that make the extension ask this model. */
  get settings() {
    return { "autogpt.model": "tea-large", "autogpt.endpoint": this.url };
  }

  /** Answers of the script that nobody asked for yet. */
  get left() {
    return this.#answers.length;
  }

  /** From now on questions wait for `release`: the run stays at work while the test looks at it. */
  hold() {
    this.#open = new Promise((done) => {
      this.#release = done;
    });
  }

  release() {
    this.#release();
  }

  close() {
    this.release();
    this.server.closeAllConnections();
    this.server.close();
  }

  async #answer(request, response) {
    let body = "";
    for await (const part of request) body += part;
    if (request.url.endsWith("/models")) {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ object: "list", data: [{ id: "tea-large", object: "model" }, { id: "tea-small", object: "model" }] }));
      return;
    }
    if (request.method !== "POST") {
      response.statusCode = 404; // a list of models that other kinds of server have
      response.end("{}");
      return;
    }
    const { messages } = JSON.parse(body);
    this.asked.push({ key: request.headers.authorization ?? "", text: messages.map(({ content }) => content).join("\n") });
    await this.#open;
    if (response.destroyed) return; // whoever asked is gone, and the answer is for whoever asks again
    const answer = this.#answers.shift();
    if (answer === undefined) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: { message: "The script of this test has no further answer." } }));
      return;
    }
    response.setHeader("Content-Type", "text/event-stream");
    const say = (delta, finish_reason = null) =>
      response.write(`data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", model: "tea-large", choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    say({ role: "assistant", content: answer });
    say({}, "stop");
    const usage = { prompt_tokens: 900, completion_tokens: 60, total_tokens: 960 };
    response.write(`data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", model: "tea-large", choices: [], usage })}\n\n`);
    response.end("data: [DONE]\n\n");
  }
}
