// Browsers hand passkeys to scripts alone (WebAuthn). This one asks for one and sends what comes back with the form; nothing else.
(() => {
  const form = document.querySelector('form[data-passkey]');
  const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const known = list => (list || []).map(one => ({ ...one, id: bytes(one.id) }));

  async function create(options) {
    const made = await navigator.credentials.create({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    } });
    return answer(made, {
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  }

  async function get(options) {
    const shown = await navigator.credentials.get({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: known(options.allowCredentials),
    } });
    return answer(shown, {
      authenticatorData: text(shown.response.authenticatorData),
      signature: text(shown.response.signature),
      userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null,
    });
  }

  const answer = (credential, response) => JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...response },
  });

  const ask = (kind, json) => (kind === 'create' ? create : get)(JSON.parse(json));
  window.passkeys = { supported: () => !!window.PublicKeyCredential, ask };
  if (!form) return;

  const say = problem => form.querySelectorAll('[data-problem]').forEach(one => { one.hidden = one.dataset.problem !== problem; });
  const button = form.querySelector('button');
  async function run() {
    if (!passkeys.supported()) return say('unsupported');
    say(null);
    button.disabled = true;
    try {
      form.elements.credential.value = await ask(form.dataset.passkey, form.dataset.options);
      form.submit();
    } catch (problem) {
      button.disabled = false;
      say(problem.name === 'InvalidStateError' ? 'there' : 'cancelled');
    }
  }

  form.addEventListener('submit', event => { event.preventDefault(); run(); });
  if ('now' in form.dataset) run();
})();
