"""`{% cached "name" key … %}` … `{% endcached %}`: a part of a page that is rendered once for each value of
its keys."""

from dataclasses import dataclass

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.translation import get_language

from gallery.plumbing import fragment_cache

register = template.Library()


@dataclass
class Cached(template.Node):
    keys: list[FilterExpression]
    nodelist: NodeList

    def render(self, context: template.Context) -> str:
        key = (get_language(), *(key.resolve(context, ignore_failures=True) for key in self.keys))
        return fragment_cache.with_token(context, fragment_cache.cached(context, key, self.nodelist.render))


@register.tag
def cached(parser: Parser, token: Token) -> Cached:
    keys = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(("endcached",))
    parser.delete_first_token()
    return Cached(keys, nodelist)
