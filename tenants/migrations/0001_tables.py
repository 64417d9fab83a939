"""All tables as they stood when the steps it replaces had been made, in one."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.database.columns
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('tenants', '0001_initial'),
        ('tenants', '0002_plan_requests_limits'),
        ('tenants', '0003_tenant_custom_stamp'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=30, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('people_limit', models.PositiveIntegerField(null=True)),
                ('records_limit', models.PositiveIntegerField(null=True)),
                ('burst_limit', models.PositiveIntegerField(null=True)),
                ('daily_limit', models.PositiveIntegerField(null=True)),
            ],
            options={
                'db_table': '"public"."tenants_plan"',
            },
        ),
        migrations.CreateModel(
            name='SchemaVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('schema_name', models.CharField(max_length=63, unique=True)),
                ('version', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('current', 'Current'), ('behind', 'Behind'), ('broken', 'Broken')], default='behind', max_length=12)),
                ('error', models.TextField(blank=True)),
                ('at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'db_table': '"public"."tenants_schemaversion"',
            },
        ),
        migrations.CreateModel(
            name='Wakeup',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('schema_name', models.CharField(max_length=63)),
                ('tx', tenants.database.columns.TransactionIdField(db_default=tenants.database.columns.CurrentTransaction(), editable=False)),
                ('tries', models.PositiveSmallIntegerField(db_default=0)),
                ('not_before', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('error', models.TextField(blank=True, default='')),
            ],
            options={
                'db_table': '"public"."tenants_wakeup"',
            },
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('held', 'Claimed'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('sends', models.PositiveSmallIntegerField(default=0)),
                ('send_after', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('worker', models.CharField(blank=True, max_length=80)),
                ('lease_until', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('schema_name', models.CharField(max_length=63)),
                ('task', models.CharField(max_length=120)),
                ('queue', models.CharField(max_length=20)),
                ('ids', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
            ],
            options={
                'db_table': '"public"."tenants_outbox"',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['send_after'], name='outbox_due'), models.Index(condition=models.Q(('state__in', ['held', 'running'])), fields=['lease_until'], name='outbox_lease'), models.Index(fields=['finished_at'], name='outbox_finished')],
            },
        ),
        migrations.CreateModel(
            name='ReadySchema',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('schema_name', models.CharField(max_length=63, unique=True)),
                ('version', models.CharField(max_length=64)),
                ('sample', models.CharField(blank=True, default='', max_length=12)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': '"public"."tenants_readyschema"',
                'indexes': [models.Index(fields=['version', 'sample', 'id'], name='tenants_ready_claim')],
            },
        ),
        migrations.CreateModel(
            name='Tenant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('schema_name', models.CharField(max_length=63, unique=True)),
                ('slug', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('state', models.CharField(choices=[('preparing', 'Preparing'), ('active', 'Active'), ('suspended', 'Suspended'), ('closing', 'Closing')], db_index=True, default='preparing', max_length=12)),
                ('locale', models.CharField(default='en', max_length=10)),
                ('time_zone', models.CharField(default='UTC', max_length=60)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('region', models.CharField(default='US', max_length=2)),
                ('industry', models.CharField(choices=[('shop', 'Shop or online store'), ('bank', 'Bank or insurance'), ('travel', 'Travel'), ('other', 'Something else')], default='shop', max_length=12)),
                ('custom_stamp', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tenants', to='tenants.plan')),
            ],
            options={
                'db_table': '"public"."tenants_tenant"',
            },
        ),
        migrations.CreateModel(
            name='Domain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.CharField(max_length=253, unique=True)),
                ('is_primary', models.BooleanField(default=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='domains', to='tenants.tenant')),
            ],
            options={
                'db_table': '"public"."tenants_domain"',
            },
        ),
        migrations.CreateModel(
            name='NightRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('held', 'Claimed'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('sends', models.PositiveSmallIntegerField(default=0)),
                ('send_after', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('worker', models.CharField(blank=True, max_length=80)),
                ('lease_until', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('job', models.CharField(max_length=40)),
                ('local_date', models.DateField()),
                ('as_of', models.DateTimeField()),
                ('is_large', models.BooleanField(default=False)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='nights', to='tenants.tenant')),
            ],
            options={
                'db_table': '"public"."tenants_nightrun"',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['send_after'], name='nightrun_due'), models.Index(condition=models.Q(('state__in', ['held', 'running'])), fields=['lease_until'], name='nightrun_lease')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'job', 'local_date'), name='nightrun_unique')],
            },
        ),
    ]
