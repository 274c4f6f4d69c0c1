#!/usr/bin/perl
# Perl SOAP::Lite: makes the calls of the scenario on stdin (JSON) and prints {"operation": "ok" or what was wrong}.
#
# Arguments: address of the SOAP mount, user, password, tag, `wsdl` or `singleWsdl`, and `combined` (one endpoint) or
# `apart` (one endpoint for each port type).
#
# SOAP::Lite reads operations, actions and addresses from the WSDL, but is made for rpc/encoded: of document/literal it
# knows neither the request's element (it writes the operation's name, in the namespace of the WSDL), nor the order and
# the namespaces of the children, nor headers, and it writes xsi:type unless told not to. So this program reads the
# elements from the same WSDL and its schemas (Descriptions) and builds SOAP::Data by them. It has no WS-Security; that
# header is built too. Answers are read without types: texts only, and a list of one is not told from its item.
use strict;
use warnings;
use utf8;
use JSON::PP;
use LWP::UserAgent;
use SOAP::Lite;
use URI;

# Elements and types of a WSDL and of all that it imports, found by "{namespace}name".
package Descriptions;
use XML::Parser;

sub load {
    my ($class, $url) = @_;
    my $self = bless {seen => {}, element => {}, complexType => {}, message => {}, request => {}, ports => []}, $class;
    $self->read($url);
    return $self;
}

sub read {
    my ($self, $url) = @_;
    return if $self->{seen}{$url}++;
    my $answer = LWP::UserAgent->new->get($url);
    die "$url: " . $answer->status_line unless $answer->is_success;
    my (@open, @prefixes);
    my $full = sub {    # a prefixed name of an attribute, resolved where it stands
        my ($prefix, $name) = $_[0] =~ /^(?:([^:]*):)?(.*)$/;
        return "{" . ($prefixes[-1]{$prefix // ''} // '') . "}$name";
    };
    my $start = sub {
        my (undef, $name, %attribute) = @_;
        my %scope = %{$prefixes[-1] // {}};
        /^xmlns:?(.*)/ and $scope{$1} = $attribute{$_} for keys %attribute;
        push @prefixes, \%scope;
        $name =~ s/^.*://;
        my $parent = $open[-1];
        my $target = $attribute{targetNamespace} // ($parent ? $parent->{target} : '');
        my $node = {name => $name, target => $target, attribute => \%attribute, children => []};
        $node->{$_} = $full->($attribute{$_}) for grep { defined $attribute{$_} } qw(ref type element message);
        push @{$parent->{children}}, $node if $parent;
        push @open, $node;
        my $outer = $parent ? $parent->{name} : '';
        my $key = "{$target}" . ($attribute{name} // '');
        $self->{$name}{$key} = $node if $outer eq 'schema' && ($name eq 'element' || $name eq 'complexType');
        $self->{message}{$open[-2]{key}} //= $node->{element} if $name eq 'part';
        $node->{key} = $key;
        $self->{request}{$parent->{attribute}{name}} = $node->{message} if $name eq 'input' && $node->{message};
        push @{$self->{ports}}, $attribute{name} if $name eq 'port';
        my $location = $attribute{location} // $attribute{schemaLocation};
        push @{$self->{next}}, URI->new_abs($location, $url)->as_string if $name eq 'import' && $location;
    };
    XML::Parser->new(Handlers => {Start => $start, End => sub { pop @open; pop @prefixes }})->parse($answer->content);
    while (my $more = shift @{$self->{next} // []}) { $self->read($more) }
}

# The elements of a declared element's sequence, each with namespace and name.
sub children {
    my ($self, $node) = @_;
    my ($type) = grep { $_->{name} eq 'complexType' } @{$node->{children}};
    $type //= $self->{complexType}{$node->{type} // ''} or return;
    my ($sequence) = grep { $_->{name} eq 'sequence' } @{$type->{children}};
    return map { $_->{ref} ? $self->{element}{$_->{ref}} : $_ } @{$sequence ? $sequence->{children} : []};
}

sub request_element {
    my ($self, $operation) = @_;
    return $self->{element}{$self->{message}{$self->{request}{$operation} // ''} // ''};
}

package main;

my ($mount, $user, $password, $tag, $query, $mode) = @ARGV;
my $wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
my $binding = 'http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0';
my %prefix = ($wsse => 'wsse', $binding => 'h');
my %saved;

sub data {
    my ($namespace, $name, @value) = @_;
    my $prefix = $prefix{$namespace} //= 'n' . keys %prefix;
    return SOAP::Data->name("$prefix:$name")->value(@value);
}

sub nested {
    my ($namespace, $name, @children) = @_;
    return data($namespace, $name, \SOAP::Data->value(@children));
}

# A plain value as text of an element; SOAP::Lite escapes only what it types by itself.
sub text {
    my ($value) = @_;
    return JSON::PP::is_bool($value) ? ($value ? 'true' : 'false') : defined $value ? SOAP::Utils::encode_data($value) : undef;
}

# A value as the elements that the schema says: in its order, in its namespaces.
sub encoded {
    my ($known, $node, $value) = @_;
    my $name = $node->{attribute}{name};
    return map { encoded($known, $node, $_) } @$value if ref $value eq 'ARRAY';
    $value = $saved{$value->{'$saved'}} if ref $value eq 'HASH' && exists $value->{'$saved'};
    return data($node->{target}, $name, text($value)) unless ref $value eq 'HASH';
    my %left = %$value;
    my @children = map {
        my $child = $_->{attribute}{name};
        exists $left{$child} ? encoded($known, $_, delete $left{$child}) : ();
    } $known->children($node);
    die "the schema has no " . join(', ', keys %left) . " in $name\n" if %left;
    return nested($node->{target}, $name, @children);
}

# The schema knowledge, and for each operation its address and action as SOAP::Lite reads them.
sub connect_to {
    my ($endpoint) = @_;
    my $url = "$mount/$endpoint?$query";
    my $known = Descriptions->load($url);
    my $schema = SOAP::Schema->new(schema_url => $url)->parse;
    my %calls;
    for my $service (values %{$schema->services}) {
        for my $operation (keys %$service) {
            my $method = $service->{$operation};
            my $address = $method->{endpoint};
            $address = $address->value if ref $address && $address->can('value');
            my $soap = SOAP::Lite->new(proxy => "$address", autotype => 0);
            $soap->on_action(sub { '"' . $method->{soapaction} . '"' });
            $calls{$operation} = {soap => $soap, known => $known};
        }
    }
    return ($known, \%calls);
}

sub operations {
    my ($known, $calls) = connect_to('ImsEnterpriseServicesPort');
    return $calls if $mode ne 'apart';
    my %apart;
    for my $port (@{$known->{ports}}) {
        (my $endpoint = $port) =~ s/^BasicHttpBinding_//;
        my (undef, $there) = connect_to($endpoint);
        %apart = (%apart, %$there);
    }
    return \%apart;
}

sub call {
    my ($call, $step) = @_;
    die "the client knows no such operation\n" unless $call;
    my $element = $call->{known}->request_element($step->{operation}) or die "the WSDL names no request\n";
    my ($request) = encoded($call->{known}, $element, $step->{request});
    my @headers = map { SOAP::Header->name($_->name)->prefix($_->prefix)->value($_->value) } (
        nested($binding, 'syncRequestHeaderInfo', data($binding, 'messageIdentifier', text($tag))),
        nested($wsse, 'Security',
            nested($wsse, 'UsernameToken', data($wsse, 'Username', text($user)), data($wsse, 'Password', text($password)))),
    );
    my $soap = $call->{soap};
    $soap->serializer->register_ns($_, $prefix{$_}) for keys %prefix;
    my $method = SOAP::Data->name($request->name)->prefix($request->prefix);
    my $answer = $soap->call($method, @headers, ${$request->value}->value);
    die $soap->transport->status . "\n" unless ref $answer;
    die 'fault: ' . $answer->faultstring . "\n" if $answer->fault;
    return $answer;
}

sub shown { return JSON::PP->new->canonical->allow_nonref->encode($_[0]) }

# What of the answer does not match the pattern; undef when all does.
sub wrong {
    my ($pattern, $value, $at) = @_;
    my $unlike = "$at: " . shown($pattern) . ' wanted, got ' . shown($value);
    return defined $value ? $unlike : undef unless defined $pattern;
    $pattern = $pattern ? 'true' : 'false' if JSON::PP::is_bool($pattern);
    my @items = ref $value eq 'ARRAY' ? @$value : defined $value ? $value : ();
    if (ref $pattern eq 'ARRAY') {
        return $unlike if @items != @$pattern;
        for (0 .. $#items) {
            my $problem = wrong($pattern->[$_], $items[$_], "$at\[$_]");
            return $problem if defined $problem;
        }
        return undef;
    }
    if (ref $pattern ne 'HASH') {
        return defined $value && !ref $value && $value eq $pattern ? undef : $unlike;
    }
    if (exists $pattern->{'$text'}) {
        $saved{$pattern->{'$text'}} = $value;
        return defined $value && !ref $value && length $value ? undef : $unlike;
    }
    return wrong($saved{$pattern->{'$saved'}}, $value, $at) if exists $pattern->{'$saved'};
    return ($value // '') =~ /^\d+$/ && $value >= $pattern->{'$atLeast'} ? undef : $unlike
        if exists $pattern->{'$atLeast'};
    return @items == $pattern->{'$count'} ? undef : $unlike if exists $pattern->{'$count'};
    return wrong_in_any_order($pattern->{'$inAnyOrder'}, \@items, $at) if exists $pattern->{'$inAnyOrder'};
    for my $name (sort keys %$pattern) {
        my $problem = wrong($pattern->{$name}, ref $value eq 'HASH' ? $value->{$name} : undef, "$at.$name");
        return $problem if defined $problem;
    }
    return undef;
}

sub wrong_in_any_order {
    my ($wanted, $items, $at) = @_;
    my @left = @$items;
    return "$at: " . @$wanted . ' items wanted, got ' . shown($items) if @left != @$wanted;
    for my $each (@$wanted) {
        my ($match) = grep { !defined wrong($each, $left[$_], $at) } 0 .. $#left;
        return "$at: no item like " . shown($each) unless defined $match;
        splice @left, $match, 1;
    }
    return undef;
}

my $steps = JSON::PP->new->utf8->decode(do { local $/; <STDIN> });
my $operations = operations();
my %results;
for my $step (@$steps) {
    my $operation = $step->{operation};
    my $problem = eval {
        my $answer = call($operations->{$operation}, $step);
        my ($body) = values %{$answer->body};
        wrong($step->{header}, $answer->header->{syncResponseHeaderInfo}, 'header') // wrong($step->{body}, $body, 'body');
    };
    $problem = $@ if $@;
    for my $judged (@{$step->{judges}}) {
        $results{$judged} //= 'ok';
        $results{$judged} = "$operation: $problem" if defined $problem && $results{$judged} eq 'ok';
    }
}
print JSON::PP->new->utf8->canonical->encode(\%results), "\n";
