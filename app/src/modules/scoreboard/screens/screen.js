// What an office screen does by itself. Written for the browsers of televisions: nothing newer than Chromium 68.
(function () {
  'use strict';

  // The page is loaded anew only where the server answers, so that no error page is ever left on the wall.
  function loadAnew(path, only) {
    var request = new XMLHttpRequest();
    request.open('GET', path, true);
    // Nobody sits in front of it: it keeps no log-in alive.
    request.setRequestHeader('x-unattended', '1');
    request.timeout = 5000;
    request.onload = function () {
      if (request.status >= 200 && request.status < 400 && (!only || only(request))) { location.replace(path); }
    };
    request.send();
  }

  // A code that nobody has typed yet, or boards that are shut for now: it looks again and again.
  var waiting = document.querySelector('[data-waits]');
  if (waiting) {
    setInterval(function () {
      loadAnew(location.pathname, function (request) {
        var page = new DOMParser().parseFromString(request.responseText, 'text/html').querySelector('main');
        return !page || page.innerHTML !== waiting.innerHTML;
      });
    }, parseInt(waiting.getAttribute('data-waits'), 10) * 1000);
    return;
  }

  var main = document.getElementById('screen');
  var words = document.getElementById('words');
  if (!main) { return; }
  var id = main.getAttribute('data-id');
  var version = main.getAttribute('data-version');
  var seconds = parseInt(main.getAttribute('data-seconds'), 10) || 20;
  // Without a sign of life for so long, what stands here may be old.
  var PATIENCE = 7000;
  var source = null;
  var heard = Date.now();
  var tried = Date.now();
  // The page is to be loaded anew: between two boards, or at once.
  var reload = false;
  var now = false;
  var at = 0;

  function items() { return Array.prototype.slice.call(main.querySelectorAll('.item')); }

  // Not by the television's clock, which is often wrong.
  function length(milliseconds) {
    var long = Math.round(milliseconds / 1000);
    if (long < 90) { return long + ' s'; }
    if (long < 5400) { return Math.round(long / 60) + ' min'; }
    return Math.round(long / 3600) + ' h';
  }

  function say(text, old) {
    if (words.textContent !== text) { words.textContent = text; }
    document.body.className = old ? 'is-stale' : '';
  }

  function alive() {
    heard = Date.now();
    say('Live', false);
  }

  function listen() {
    if (source) { source.close(); }
    tried = Date.now();
    source = new EventSource('/screen/' + id + '/live');
    source.addEventListener('hello', function (event) {
      alive();
      try {
        if (JSON.parse(event.data).version !== version) { reload = true; }
      } catch (error) { reload = true; }
      if (reload && items().length < 2) { now = true; }
    });
    source.addEventListener('beat', alive);
    source.addEventListener('item', function (event) {
      alive();
      var item = JSON.parse(event.data);
      items().forEach(function (section) {
        if (section.getAttribute('data-key') === item.key && section.innerHTML !== item.html) {
          section.innerHTML = item.html;
        }
      });
    });
    // What it shows was chosen anew.
    source.addEventListener('reload', function () { now = true; loadAnew(location.pathname); });
    // It is no screen any more, or its boards are shut: nothing of them stays on the wall.
    source.addEventListener('ended', function () {
      main.innerHTML = '';
      now = true;
      drop();
      loadAnew(location.pathname);
    });
    source.onerror = function () {
      drop();
      // All screens of an office come back, and not all at once.
      setTimeout(again, 400 + Math.random() * 1600);
    };
  }

  function drop() {
    if (source) { source.close(); }
    source = null;
  }

  function again() { if (!source && !now) { listen(); } }

  function turn() {
    var all = items();
    if (reload) { loadAnew(location.pathname); }
    if (all.length > 1) {
      at = (at + 1) % all.length;
      all.forEach(function (section, number) { section.className = number === at ? 'item is-on' : 'item'; });
    }
    // The same light doesn't stay on the same place: shifted by a little, four ways.
    document.documentElement.setAttribute('data-shift', String(Math.floor(Date.now() / 60000) % 4));
  }

  function tell() {
    var all = items();
    var heading = all[at] && all[at].querySelector('h1');
    var request = new XMLHttpRequest();
    request.open('POST', '/screen/' + id + '/here', true);
    request.setRequestHeader('content-type', 'application/json');
    request.send(JSON.stringify({
      version: version,
      shows: heading ? heading.textContent.trim() : (all[at] ? all[at].getAttribute('data-key') : ''),
      sound_blocked: false
    }));
  }

  var ticks = 0;
  setInterval(function () {
    ticks += 1;
    var silent = Date.now() - heard;
    if (now && ticks % 5 === 0) { loadAnew(location.pathname); }
    if (silent > PATIENCE) {
      say('Not up to date: nothing heard for ' + length(silent), true);
      // A stream that says nothing is no stream; each screen tries anew at a moment of its own.
      if (!now && Date.now() - tried > 1500 + Math.random() * 1000) { listen(); }
    }
  }, 1000);
  setInterval(turn, seconds * 1000);
  setInterval(tell, 120000);
  // A moment of its own for each, so that an office full of screens doesn't tell all at once.
  setTimeout(tell, 2000 + Math.random() * 20000);
  listen();
}());
