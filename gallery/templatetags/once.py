"""`{% once "name" key … %}` … `{% endonce %}`: a part of a page that is made once for all that its keys
name."""

from dataclasses import dataclass

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.translation import get_language

from gallery.plumbing import fragment_cache

register = template.Library()


@dataclass
class Once(template.Node):
    keys: list[FilterExpression]
    nodelist: NodeList

    def render(self, context: template.Context) -> str:
        key = (get_language(), *(key.resolve(context, ignore_failures=True) for key in self.keys))
        return fragment_cache.shown(context, fragment_cache.made(context, key, self.nodelist.render))


@register.tag
def once(parser: Parser, token: Token) -> Once:
    keys = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(keys, nodelist)
