{% load static %}
// Serves the site without a connection: visited pages are stored, private pages only until the user signs out.
"use strict";
const FILES = [
  "{% static "css/tokens.css" %}",
  "{% static "css/layout.css" %}",
  "{% static "css/cards.css" %}",
  "{% static "css/image.css" %}",
  "{% static "css/forms.css" %}",
  "{% static "css/charts.css" %}",
  "{% static "css/keeping.css" %}",
  "{% static "css/ratios.css" %}",
  "{% static "css/overlay.css" %}",
  "{% static "css/rating-session.css" %}",
  "{% static "icons.svg" %}",
  "{% static "favicon.svg" %}",
];
const OFFLINE = "{% url "gallery:offline" %}";
const SIGN_OUT = "{% url "account_logout" %}";
importScripts("{% static "js/worker.js" %}");
