// Shows a booking page inside this website, as tall as it is; or a button that opens it.
(() => {
  const script = document.currentScript, home = new URL(script.src).origin;
  const { org, service, title, button, buttonClass } = script.dataset;
  const part = encodeURIComponent;
  const make = (name, fields, style = '') => {
    const element = Object.assign(document.createElement(name), fields);
    element.style.cssText = style;
    return element;
  };
  const frame = make('iframe', { title: title || 'Book a time' }, 'display:block;width:100%;height:44rem;border:0');
  const open = () => { frame.src ||= `${home}/b/${part(org)}/embed${service ? `/${part(service)}` : ''}`; };
  let pages = 0;
  frame.addEventListener('load', () => {
    if (!frame.src) return;
    frame.contentWindow.postMessage({ devalo: 'hello' }, home);
    if (pages++ && !button && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
  });
  if (!button) {
    addEventListener('message', ({ origin, source, data }) => {
      if (origin !== home || source !== frame.contentWindow || data?.devalo !== 'height') return;
      if (data.height > 0) frame.style.height = `${Math.min(data.height, 20000)}px`;
    });
    open();
    script.after(frame);
    return;
  }
  const dialog = make('dialog', {}, 'width:min(64rem,100%);height:min(60rem,96dvh);padding:0;border:0;overflow:hidden');
  const close = make('button', { type: 'button', textContent: 'Close' }, 'display:block;width:100%;min-height:3rem;font:inherit');
  close.addEventListener('click', () => dialog.close());
  frame.style.height = 'calc(100% - 3rem)';
  dialog.setAttribute('aria-label', frame.title);
  dialog.append(close, frame);
  const opener = make('button', { type: 'button', textContent: button, className: buttonClass || '' });
  opener.addEventListener('click', () => { open(); dialog.showModal(); });
  script.after(opener, dialog);
})();
